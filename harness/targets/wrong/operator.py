"""Wrong things around the gateway: secrets that change by themselves or on their way, kept public keys, plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from fake_sombra.gateway import contexts
from fake_sombra.gateway.calls import Call, Reply
from fake_sombra.gateway.customer import CustomerIngress
from harness.environment import SIGNING_KEYS
from harness.key_material import fresh_key
from harness.mutants.mutant import Patches, mutant
from harness.plan import preparation
from harness.plan.step import Trap
from harness.rehearsal import changed_secret, secret_stores
from harness.rehearsal.rehearsal import Rehearsal

_OURS = "changed-secret-needs-restart"


@mutant("restarts-on-a-changed-secret", breaks="G-14", killed_by=_OURS)
def restarts_on_a_changed_secret(patches: Patches) -> None:
    """The platform restarts Sombra as soon as its Secret changes, so that a new key signs before anybody stopped it."""

    def around(original: Any) -> Any:
        def changed(f: Rehearsal, values: Mapping[str, str]) -> None:
            original(f, values)
            for instance in f.live:
                f.world.stop(instance)
                f.world.start({**f.environments["before"], **values, **f.world.overlay()}, instance=instance)

        return changed

    patches.wrap(changed_secret, "note_the_change", around)


@mutant("secret-with-a-line-end", breaks="G-14", killed_by=_OURS)
def secret_with_a_line_end(patches: Patches) -> None:
    """Vault's values were written with `echo`, and come with a line end."""

    def kept(variables: Mapping[str, str]) -> str:
        return original({name: f"{value}\n" for name, value in variables.items()})

    original, given = secret_stores.STORES["Vault"]
    patches.replace(secret_stores, "STORES", {**secret_stores.STORES, "Vault": (kept, given)})


@mutant("store-delivers-another-version", breaks="G-14", killed_by=_OURS)
def store_delivers_another_version(patches: Patches) -> None:
    """AWS Secrets Manager hands out the version before the current one, which holds another key."""

    def given(document: str) -> dict[str, str]:
        return {**original(document), SIGNING_KEYS: fresh_key("previous")}

    kept, original = secret_stores.STORES["AWS Secrets Manager"]
    patches.replace(secret_stores, "STORES", {**secret_stores.STORES, "AWS Secrets Manager": (kept, given)})


@mutant("first-public-key-served-for-ever", breaks="G-10 G-14", killed_by=f"new-key-first {_OURS}")
def first_public_key_served_for_ever(patches: Patches) -> None:
    """The public key of the first start is kept where a restart does not reach it."""
    kept: list[Reply] = []

    def around(original: Any) -> Any:
        async def serving(self: CustomerIngress, call: Call) -> Reply:
            kept.append(await original(self, call))
            return kept[0]

        return serving

    patches.wrap(CustomerIngress, "_public_key", around)


@mutant("any-annotation-is-a-checksum", breaks="G-14", killed_by=_OURS)
def any_annotation_is_a_checksum(patches: Patches) -> None:
    """The doctor takes whatever annotation a pod has for a checksum of its Secret."""
    # The package has a function of the module's name.
    manifests = import_module("harness.doctor.deployment.manifests")
    patches.replace(manifests, "restarts_by", lambda annotations: annotations is not None)


@mutant("plan-forgets-the-export", breaks="D-09", killed_by="cli-traps-are-planned")
def plan_forgets_the_export(patches: Patches) -> None:
    """The plan does not say that `export` exits 0 whatever happens."""
    patches.replace(preparation, "export_trap", lambda: Trap("D-09", "Look at its output."))


@mutant("plan-cancels-whatever-there-is", breaks="D-09", killed_by="cli-traps-are-planned")
def plan_cancels_whatever_there_is(patches: Patches) -> None:
    """The plan's command cancels without naming a status."""

    def around(original: Any) -> Any:
        def trap() -> Trap:
            told: Trap = original()
            return replace(told, instead=tuple(each.partition(" --statuses")[0] for each in told.instead))

        return trap

    patches.wrap(preparation, "cancel_trap", around)


@mutant("skipped-files-have-no-name", breaks="D-09", killed_by="cli-traps-are-planned")
def skipped_files_have_no_name(patches: Patches) -> None:
    """A download key that does not verify is refused without the words by which the CLI knows it."""
    patches.replace(contexts, "_DOWNLOAD_CHECK", "")
