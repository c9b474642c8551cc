"""What a plan does to KMS keys: deletes, replaces, disables or moves them, and what they are made as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.doctor.effective import NotInTheFiles
from harness.doctor.reading import Node, Stated
from harness.doctor.rule import PlacedSighting, Rule
from harness.doctor.terraform.change import Change, flag_of, number_of, text_of
from harness.doctor.terraform.configured import ModuleCall

KEYS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")
_DEFAULT_WINDOW = 30
_BLOCK = (
    "Do not apply this. Roll back with KMS_PROVIDER=local in extra_envs and use_local_kms = false, or take the key out"
    " of the state first: terraform state rm {address}."
)


@dataclass(frozen=True)
class PlannedKey:
    """A key of a plan, and what is known of its surroundings.

    `named` are the keys that the plan's environments name, empty when none does or can be told; `region` is its
    provider's, `runs_in` the one that Sombra is told.
    """

    change: Change
    named: frozenset[str] = frozenset()
    call: ModuleCall | None = None
    region: Node | None = None
    runs_in: Stated[str] | None = None

    @property
    def arn(self) -> str:
        """Its ARN today; empty for one that is still to be made."""
        return text_of(self.change.before.at("arn")) if self.change.before is not None else ""

    @property
    def may_be_sombras(self) -> bool:
        """Whether it can be the key that Sombra wraps under: any key, unless the environments name another."""
        return not self.named or not self.arn or self.arn in self.named


def _destroyed(key: PlannedKey) -> Iterator[PlacedSighting]:
    if key.change.is_deleted and key.may_be_sombras:
        message = (
            f"Applying this plan deletes {key.change.address}, the KMS key{_because(key)}: {_days(key)} later"
            " everything that was wrapped under AWS is lost for ever."
        )
        yield PlacedSighting(key.change.place, message, _BLOCK.format(address=f"'{key.change.address}'"))


def _because(key: PlannedKey) -> str:
    local = key.call.argument("use_local_kms").node if key.call is not None else None
    if flag_of(local) is True:
        return f", because use_local_kms is true for {key.call.address if key.call is not None else 'it'}"
    return {"delete_because_count_index": ", because its count is now 0"}.get(key.change.reason, "")


def _days(key: PlannedKey) -> str:
    window = number_of(key.change.before.at("deletion_window_in_days")) if key.change.before is not None else None
    return f"{window.value if window is not None else _DEFAULT_WINDOW} days"


def _replaced(key: PlannedKey) -> Iterator[PlacedSighting]:
    if key.change.is_replaced and key.may_be_sombras:
        message = (
            f"Applying this plan replaces {key.change.address}: the new KMS key opens nothing that the old one wrapped,"
            f" and the old one is deleted {_days(key)} later."
        )
        action = (
            "Do not apply this. Undo the change that forces it (replace_paths), or make a second key beside this one."
        )
        yield PlacedSighting(_forcing(key.change).place, message, action)


def _forcing(change: Change) -> Node:
    return change.node.at("change", "replace_paths") or change.node.at("address") or change.node


def _other(key: PlannedKey) -> Iterator[PlacedSighting]:
    if (key.change.is_deleted or key.change.is_replaced) and not key.may_be_sombras:
        message = f"Applying this plan deletes {key.change.address}, a KMS key that Sombra's environments do not name."
        yield PlacedSighting(key.change.place, message, "Make sure that Sombra never wrapped under it.")


def _unusable(key: PlannedKey) -> Iterator[PlacedSighting]:
    if key.change.after is None:
        return
    enabled = key.change.will_be("is_enabled")
    if enabled is not None and flag_of(enabled) is False:
        message = f"{key.change.address} is disabled by this plan: every wrap and unwrap is refused."
        yield PlacedSighting(enabled.place, message, "Set is_enabled = true, or leave it out.")


def _wrong_kind(key: PlannedKey) -> Iterator[PlacedSighting]:
    if key.change.after is None:
        return
    for name, wanted in (("customer_master_key_spec", "SYMMETRIC_DEFAULT"), ("key_usage", "ENCRYPT_DECRYPT")):
        stated = key.change.will_be(name)
        if stated is not None and stated.text not in {wanted, ""}:
            message = f"{key.change.address} has another {name} than {wanted}: the first wrap is refused."
            yield PlacedSighting(stated.place, message, f"Set {name} to {wanted}, or leave it out.")


def _short_window(key: PlannedKey) -> Iterator[PlacedSighting]:
    if key.change.after is None:
        return
    window = number_of(key.change.will_be("deletion_window_in_days"))
    if window is not None and window.value < _DEFAULT_WINDOW:
        message = f"A mistaken deletion of {key.change.address} can be undone for {window.value} days only."
        yield PlacedSighting(
            window.place, message, f"Leave deletion_window_in_days out: {_DEFAULT_WINDOW} days, the most."
        )


def _elsewhere(key: PlannedKey) -> Iterator[PlacedSighting]:
    """A new key is made in its provider's region, which need not be the one Sombra is told (sombra.md 3.11)."""
    if "create" not in key.change.actions or key.change.after is None:
        return
    own = key.change.will_be("region")
    region = own.text if own is not None and own.text else text_of(key.region)
    if not region:
        why = f"neither {key.change.address} nor its provider names a region in this plan"
        raise NotInTheFiles("region", why=why, place=key.change.place)
    if key.runs_in is None:
        raise NotInTheFiles("AWS_REGION", place=key.change.place)
    if region != key.runs_in.value:
        message = (
            f"{key.change.address} is made in {region} but Sombra is told another region: the start is green and the"
            " first wrap fails with kms_key_not_found."
        )
        action = "Make AWS_REGION (aws_region of the module) and the region of the key's provider agree."
        yield PlacedSighting(key.runs_in.place, message, action)


def _drifted(key: PlannedKey) -> Iterator[PlacedSighting]:
    if not key.may_be_sombras:
        return
    enabled = key.change.after.at("is_enabled") if key.change.after is not None else None
    if key.change.is_deleted or key.change.after is None:
        message = f"{key.change.address} was deleted, or marked for it, outside of Terraform."
        yield PlacedSighting(
            key.change.place, message, "Cancel the deletion (aws kms cancel-key-deletion), and find out who did it."
        )
    elif flag_of(enabled) is False and enabled is not None:
        message = f"{key.change.address} was disabled outside of Terraform: nothing under it can be unwrapped."
        yield PlacedSighting(enabled.place, message, "Enable it again, and find out who did it.")


def _alias_moved(key: PlannedKey) -> Iterator[PlacedSighting]:
    change = key.change
    if change.before is None or change.after is None:
        return
    old, new = (node.at("target_key_id") or node.at("target_key_arn") for node in (change.before, change.after))
    moved = change.is_unknown("target_key_id") or (old is not None and new is not None and old.text != new.text)
    if moved and change.actions & {"update", "create"}:
        message = f"{change.address} is pointed at another key: under an alias all older data becomes unreadable."
        action = "Give Sombra the key's own ARN, and leave the alias where it is until the migration is over."
        yield PlacedSighting((new or change.node.at("address") or change.node).place, message, action)


KEY_RULES: tuple[Rule[PlannedKey], ...] = (
    Rule("kms-key-destroyed", "error", "D-08", "the plan deletes the KMS key", _destroyed, modes=("F19",)),
    Rule("kms-key-replaced", "error", "D-08", "the plan replaces the KMS key", _replaced, modes=("F19", "F20")),
    Rule("other-kms-key-destroyed", "warning", "D-08", "the plan deletes another KMS key", _other, modes=("F19",)),
    Rule("kms-key-disabled", "error", "G-09", "the plan disables the KMS key", _unusable, modes=("F18",)),
    Rule("kms-key-kind", "error", "G-09", "the key is not a symmetric one for encryption", _wrong_kind, modes=("F16",)),
    Rule("deletion-window-short", "warning", "D-08", "a deletion can be undone briefly", _short_window, modes=("F19",)),
    Rule("kms-key-elsewhere", "error", "G-09", "the key is made in another region", _elsewhere, modes=("F15",)),
)
DRIFT_RULES: tuple[Rule[PlannedKey], ...] = (
    Rule("kms-key-drifted", "error", "G-09", "the key was changed outside of Terraform", _drifted, modes=("F18",)),
)
ALIAS_RULES: tuple[Rule[PlannedKey], ...] = (
    Rule("kms-alias-moved", "warning", "G-09", "an alias is pointed at another key", _alias_moved, modes=("F20",)),
)
