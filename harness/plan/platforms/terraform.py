"""How Sombra is moved where Terraform keeps it on ECS: by plans the doctor has read, never by deleting the key."""

from __future__ import annotations

import shlex
from dataclasses import replace

from harness.plan.platforms.ecs import ecs
from harness.plan.platforms.platform import Files, Platform
from harness.plan.step import Commands, Trap

_KEY = "module.sombra.aws_kms_key.key[0]"
_GUARDS = "kms-key-destroyed,kms-key-replaced,kms-key-drifted"


def terraform(files: Files) -> Platform:
    """Stopped by hand, for an apply alone would roll; then the apply of a saved plan starts the new task from zero."""
    address = shlex.quote(next(iter(files.kms_keys), _KEY))
    bare = ecs(files)
    gone = bare.stop[-1]
    return replace(
        bare,
        name="terraform",
        save=(*bare.save, "terraform state pull > terraform.saved.tfstate"),
        configure=(
            "# Write both out in the module's call: use_local_kms = false, jwt_ecdsa_key = <new-key>,<old-key>",
            *_planned("cutover"),
        ),
        start=(gone, *_applied("cutover")),
        configure_back=(
            '# In the module\'s call keep use_local_kms = false, and add extra_envs = { KMS_PROVIDER = "local" }',
            *_planned("rollback"),
        ),
        start_back=(*bare.stop, *_applied("rollback")),
        start_traps=(
            *bare.start_traps,
            Trap("D-08", "`use_local_kms` is true by default: a run without the argument goes back to Local."),
        ),
        back_traps=(
            Trap("D-08", f"`use_local_kms = true` plans to delete {address}; `doctor --tfplan` then ends with 1."),
            Trap(
                "D-08",
                f"Where it cannot be avoided, first `terraform state rm {address}`, and `terraform import` it again"
                " later. prevent_destroy can be written inside the module's own source only.",
            ),
            Trap("D-04", "Keep both keys in jwt_ecdsa_key: the saved state holds the old one alone."),
        ),
    )


def _planned(name: str) -> Commands:
    """Make a plan, save it, and let the doctor read what will be applied; a deletion of the key stops here."""
    return (
        f"terraform plan -out {name}.tfplan",
        f"terraform show -json {name}.tfplan > {name}.tfplan.json",
        f"sombra-rehearsal doctor --tfplan {name}.tfplan.json --only {_GUARDS}",
        f"rm {name}.tfplan.json  # it holds the keys in plain text",
    )


def _applied(name: str) -> Commands:
    return (
        f"terraform apply {name}.tfplan",
        'aws ecs wait services-stable --cluster "$CLUSTER" --services "$SERVICE"',
    )
