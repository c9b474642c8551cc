"""A wrong doctor: one that lost a rule, cries wolf, or points at the wrong line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.doctor import examination
from harness.doctor.deployment import WORKLOAD_RULES
from harness.doctor.deployment import examination as deployments
from harness.doctor.reading.json_text import JsonText
from harness.doctor.reading.node import Place
from harness.doctor.terraform import KEY_RULES
from harness.doctor.terraform import reader as plans
from harness.mutants.mutant import Patches, mutant


@mutant("doctor-blind-to-deletion", breaks="D-08", killed_by="key-deletion-told")
def doctor_blind_to_deletion(patches: Patches) -> None:
    """The doctor lets a plan pass that deletes the KMS key."""
    patches.replace(plans, "KEY_RULES", tuple(each for each in KEY_RULES if each.id != "kms-key-destroyed"))


@mutant("doctor-warns-of-deletion", breaks="D-08", killed_by="key-deletion-told")
def doctor_warns_of_deletion(patches: Patches) -> None:
    """The deletion of the KMS key is a warning, which blocks nothing."""
    weaker = tuple(replace(each, level="warning") if "destroyed" in each.id else each for each in KEY_RULES)
    patches.replace(plans, "KEY_RULES", weaker)


@mutant("doctor-points-elsewhere", breaks="D-08", killed_by="key-deletion-told")
def doctor_points_elsewhere(patches: Patches) -> None:
    """Places in a plan are counted from 0, so that each finding stands one line too high."""

    def around(original: Any) -> Any:
        def place(self: JsonText, at: int) -> Place:
            found: Place = original(self, at)
            return found if self.outside is not None else replace(found, line=max(found.line - 1, 1))

        return place

    patches.wrap(JsonText, "place", around)


@mutant("doctor-blind-to-secrets", breaks="D-07", killed_by="chart-traps-told")
def doctor_blind_to_secrets(patches: Patches) -> None:
    """The doctor takes the checksum of another file for one of the Secret."""
    rules = tuple(each for each in WORKLOAD_RULES if each.id != "secret-without-checksum")
    patches.replace(deployments, "WORKLOAD_RULES", rules)


@mutant("doctor-takes-empty-for-hybrid", breaks="D-01", killed_by="key-deletion-told")
def doctor_takes_empty_for_hybrid(patches: Patches) -> None:
    """`local` beside an empty AWS_KMS_KEY_ARN, which the Terraform module always writes, is an error."""
    strict = tuple(
        replace(each, level="error") if each.id == "aws-left-over" else each for each in examination.FILE_RULES
    )
    patches.replace(examination, "FILE_RULES", strict)
