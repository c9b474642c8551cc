"""The smallest rehearsal that runs every check a mutant names: a part of the guide where that is enough, else all."""

from __future__ import annotations

from harness.catalogue import scenarios
from harness.mutants import Mutant, Patches
from harness.runbook import Runbook, Scenario
from scenarios import guide as guide_module
from scenarios import guide_forks, guide_operator, guide_proofs
from scenarios.guide import guide
from scenarios.parts import new_work, todays_sombra

_FORKS = (
    (guide_module, "migrate_to_the_drill"),
    (guide_forks, "before_the_stop while_stopped after_the_cutover after_the_rollback roll_back_from"),
    (guide_proofs, "before_the_stop while_stopped after_the_cutover"),
    (guide_operator, "before_the_stop"),
)
_BEFORE = (
    "next-steps-work-before drained-loses-nothing paused-restarts restart-keeps-history rotated-before-stop "
    "planted-overlap-found slow-step-overruns damage-told-apart forged-contexts-refused paused-traffic-accounted "
    "receivers-need-a-restart chart-traps-told key-deletion-told age-told-apart changed-secret-needs-restart "
    "cli-traps-are-planned"
)
_STOPPED = (
    "prerequisites-told-apart green-but-broken faults-are-logged throw-flag-obeyed hybrid-refused "
    "misspelt-provider-refused key-lists-show"
)
_AFTER = "fifth-set-forgotten kms-rotation-keeps kms-key-is-pinned old-key-is-the-rollback"
_TRUNK = (
    "happy-state model-agrees stopped-refuses-all cloud-refuses-local refusals-were-attempts files-leak-nothing "
    "old-tokens-verify old-webhook-tokens-fail new-artifacts-open rollback-restores rollback-refuses-cloud "
    "every-class-seeded consent-lookups list-unchanged no-overlap operator-boots in-flight-cannot-proceed "
    "healthy-and-works new-key-first kms-never-signs one-call-pair-a-key in-window roads-open-before "
    "roads-closed-after archive-complete rollback-healthy new-work-on-every-road logs-hold-nothing-secret"
)


def _trunk(run: Runbook) -> None:
    """The guide without its forks."""
    with Patches() as patches:
        for module, names in _FORKS:
            for name in names.split():
                patches.replace(module, name, lambda *_: None)
        guide(run)


def _before(run: Runbook) -> None:
    with run.step("today", "Sombra as it is today"):
        todays_sombra(run.rehearsal, run.seed)
    guide_forks.before_the_stop(run.rehearsal, run)
    guide_proofs.before_the_stop(run.rehearsal)
    guide_operator.before_the_stop(run.rehearsal)


def _stopped(run: Runbook) -> None:
    with run.step("today", "Sombra as it is today"):
        todays_sombra(run.rehearsal, run.seed)
        run.rehearsal.stop()
    guide_forks.while_stopped(run.rehearsal, run)
    guide_proofs.while_stopped(run.rehearsal, run)


def _after(run: Runbook) -> None:
    r = run.rehearsal
    with run.step("today", "Sombra as it is today"):
        todays_sombra(r, run.seed)
        r.stop()
        r.must_start("after")
        new_work(r, run.seed)
    guide_forks.after_the_cutover(r, run)
    guide_proofs.after_the_cutover(r)


PARTS = (
    Scenario("trunk", "The guide without its forks", _trunk, tuple(_TRUNK.split())),
    Scenario("before", "The forks before the stop", _before, tuple(_BEFORE.split())),
    Scenario("stopped", "The forks while Sombra is stopped", _stopped, tuple(_STOPPED.split())),
    Scenario("after", "The forks after the cutover", _after, tuple(_AFTER.split())),
)


def ground_of(mutant: Mutant) -> Scenario:
    """Where to try a mutant."""
    known = scenarios()
    small = (known["kms_faults"], known["further_provider"], *PARTS)
    return next((each for each in small if set(mutant.checks) <= set(each.checks)), known["guide"])
