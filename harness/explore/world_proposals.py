"""Which edit of the environment, turn of the gateway's life or trouble of the KMS a drawn number stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.explore.action import DENIABLE, SWITCHES, TROUBLES, WRONG_STARTS, Action
from harness.explore.choice import Proposal, new, one
from harness.explore.oracle import Oracle

MOST_KEYS: Final = 6
_CUT_OVER_TO: Final = ("x", "x", "x", "y", "x", "signing", "absent")


def rotate(oracle: Oracle, pick: int) -> Action | None:
    """A new signing key goes first (G-10)."""
    if len(oracle.keys) >= MOST_KEYS:
        return None
    return _keys((new("k", len(oracle.keys)), *oracle.configuration.keys))


def reorder(oracle: Oracle, pick: int) -> Action | None:
    """A later key goes first."""
    keys = oracle.configuration.keys
    if len(keys) < 2:
        return rotate(oracle, pick)
    place = 1 + pick % (len(keys) - 1)
    return _keys((keys[place], *keys[:place], *keys[place + 1 :]))


def drop(oracle: Oracle, pick: int) -> Action | None:
    """A key goes out of the list."""
    keys = oracle.configuration.keys
    if len(keys) < 2:
        return rotate(oracle, pick)
    place = pick % len(keys)
    return _keys((*keys[:place], *keys[place + 1 :]))


def put_back(oracle: Oracle, pick: int) -> Action | None:
    """A dropped key comes back, at the end."""
    keys = oracle.configuration.keys
    dropped = [key for key in oracle.keys if key not in keys]
    return _keys((*keys, one(dropped, pick))) if dropped else drop(oracle, pick)


def _keys(keys: Sequence[str]) -> Action:
    return Action("keys", (",".join(keys),))


def switch(oracle: Oracle, pick: int) -> Action | None:
    """A part of the environment is turned on or off."""
    name = one(SWITCHES, pick)
    return Action("switch", (name, "off" if name in oracle.configuration.switches else "on"))


def configure(oracle: Oracle, pick: int) -> Action | None:
    """The provider or the KMS key in the environment changes, and nothing else yet."""
    if pick % 2:
        return Action("kms-key", (one(_CUT_OVER_TO, pick // 2),))
    return Action("provider", ("local" if oracle.configuration.provider == "AWS" else "AWS",))


def stop_or_start(oracle: Oracle, pick: int) -> Action | None:
    """The one that is possible; in place of a start, every fourth time, one that must be refused."""
    if oracle.live is not None:
        return Action("stop")
    return start_wrong(oracle, pick // 4) if pick % 4 == 0 else Action("start")


def restart(oracle: Oracle, pick: int) -> Action | None:
    """A stop and a start with the environment as it is."""
    return Action("start" if oracle.live is None else "restart")


def crash(oracle: Oracle, pick: int) -> Action | None:
    """A gateway dies."""
    return Action("start" if oracle.live is None else "crash")


def cut_over(oracle: Oracle, pick: int) -> Action | None:
    """The guide's way forwards; under AWS, another KMS key, and back to a usable one if this is none."""
    now = oracle.configuration
    if now.provider == "AWS":
        return Action("cut-over", ("x",)) if now.kms_key not in {"x", "y"} or pick % 4 else roll_back(oracle, pick)
    return Action("cut-over", (one(_CUT_OVER_TO, pick),))


def roll_back(oracle: Oracle, pick: int) -> Action | None:
    """The guide's way back."""
    return Action("roll-back") if oracle.configuration.provider == "AWS" else None


def roll_forward(oracle: Oracle, pick: int) -> Action | None:
    """Forwards again after a rollback, or for the first time."""
    is_possible = oracle.configuration.provider == "local" and oracle.configuration.kms_key is not None
    return Action("roll-forward") if is_possible else cut_over(oracle, pick)


def start_wrong(oracle: Oracle, pick: int) -> Action | None:
    """A start that must be refused, while none lives; a stop that makes it possible otherwise."""
    return Action("start-wrong", (one(WRONG_STARTS, pick),)) if oracle.live is None else Action("stop")


def _under_aws(proposal: Proposal) -> Proposal:
    """A KMS that nobody asks shows nothing: while the provider is local, rather a way to it, every other time."""

    def propose(oracle: Oracle, pick: int) -> Action | None:
        return proposal(oracle, pick // 2) if oracle.view.uses_kms or pick % 2 else roll_forward(oracle, pick // 2)

    return propose


def permission(oracle: Oracle, pick: int) -> Action | None:
    """An IAM action is taken away."""
    return Action("deny", (one(DENIABLE, pick),))


def credentials(oracle: Oracle, pick: int) -> Action | None:
    """The credentials are lost."""
    return Action("lose-credentials") if oracle.kms.credentials and not oracle.trouble else heal(oracle, pick)


def trouble(oracle: Oracle, pick: int) -> Action | None:
    """The KMS is in trouble."""
    is_possible = oracle.kms.credentials and not oracle.trouble
    return Action("trouble", (one(TROUBLES, pick),)) if is_possible else heal(oracle, pick)


def key_state(oracle: Oracle, pick: int) -> Action | None:
    """A KMS key is disabled, scheduled for deletion, or rotated."""
    key = "y" if pick % 8 == 7 else "x"
    state = oracle.kms.states.get(key, "Enabled")
    if state == "Disabled":
        return Action("schedule-deletion", (key,))
    if state == "PendingDeletion":
        return heal(oracle, pick)
    return Action(one(("disable", "rotate-material", "schedule-deletion"), pick), (key,))


def heal(oracle: Oracle, pick: int) -> Action | None:
    """One of the things that are lost comes back; where nothing is, key material is rotated."""
    options = [Action("allow", (action.removeprefix("kms:"),)) for action in sorted(oracle.kms.denied)]
    if not oracle.kms.credentials:
        options.append(Action("restore-credentials"))
    if oracle.trouble:
        options.append(Action("recover"))
    for key in ("x", "y"):
        state = oracle.kms.states.get(key, "Enabled")
        if state != "Enabled":
            options.append(Action("enable" if state == "Disabled" else "cancel-deletion", (key,)))
    return options[pick % len(options)] if options else key_state(oracle, 1)


CONFIGURATIONS: Final[tuple[Proposal, ...]] = (rotate, restart, reorder, drop, restart, put_back, switch, configure)
LIVES: Final[tuple[Proposal, ...]] = (
    restart, cut_over, roll_back, roll_forward, stop_or_start, roll_back, crash, start_wrong
)  # fmt: skip
KMS: Final[tuple[Proposal, ...]] = tuple(
    map(_under_aws, (heal, permission, heal, credentials, trouble, heal, key_state, heal))
)
