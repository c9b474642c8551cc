"""A KMS that misbehaves in every way it can, on a copy of the world, and heals."""

from __future__ import annotations

from harness.faults import FAULTS
from harness.rehearsal.rehearsal import Rehearsal
from harness.runbook import Runbook, scenario
from scenarios.parts import functional_probe, what_is_left_counted

AFTER = "after-cutover"
_IMPATIENT = {"FAKE_SOMBRA_KMS_RETRIES": "1", "AWS_KMS_THROW_PERMISSIONS_ERRORS": "false"}


def plant_kms_faults(r: Rehearsal, run: Runbook) -> None:
    """One attempt a call, so that a fault shows and nobody waits; a denied GenerateRandom is tolerated (D-06)."""
    with r.fork("kms-faults", "The KMS misbehaves in every way, and heals") as f:
        f.must_start("after", changed=_IMPATIENT)
        functional_probe(f, run.seed, AFTER, is_bare=True)
        with what_is_left_counted(f):
            for planted in FAULTS:
                with f.fault(planted.spec):
                    functional_probe(f, run.seed, AFTER, is_bare=True)
        functional_probe(f, run.seed, AFTER, is_bare=True)


@scenario("kms_faults", "Every fault of the KMS, one after the other", checks=("kms-faults-are-logged",))
def kms_faults(run: Runbook) -> None:
    with run.step("faults", "Start under AWS and let the KMS misbehave"):
        plant_kms_faults(run.rehearsal, run)
