"""The smallest rehearsal that runs every check a mutant names: a part of the guide where that is enough, else all."""

from __future__ import annotations

from collections.abc import Callable

from harness.catalogue import scenarios
from harness.mutants import Mutant, Patches
from harness.mutants.worker import LIVES
from harness.rehearsal.rehearsal import Rehearsal
from harness.runbook import Runbook, Scenario
from scenarios import guide as guide_module
from scenarios import guide_forks, guide_operator, guide_proofs, guide_startup
from scenarios.faults import plant_kms_faults
from scenarios.guide import guide
from scenarios.parts import new_work, todays_sombra

Act = Callable[[Rehearsal, Runbook], None]

_FORKS = (
    (guide_module, "migrate_to_the_drill"),
    (guide_forks, "before_the_stop while_stopped after_the_cutover after_the_rollback roll_back_from"),
    (guide_proofs, "before_the_stop while_stopped after_the_cutover"),
    (guide_operator, "before_the_stop"),
)
_TRUNK = (
    "happy-state model-agrees stopped-refuses-all cloud-refuses-local refusals-were-attempts openings-were-attempts "
    "files-leak-nothing old-tokens-verify old-webhook-tokens-fail new-artifacts-open rollback-restores "
    "rollback-refuses-cloud every-class-seeded consent-lookups list-unchanged no-overlap operator-boots "
    "in-flight-cannot-proceed healthy-and-works new-key-first kms-never-signs one-call-pair-a-key in-window "
    "roads-open-before roads-closed-after archive-complete rollback-healthy new-work-on-every-road "
    "logs-hold-nothing-secret answers-hold-nothing-secret procedure-completes published-key-is-first "
    "only-granted-actions local-leaves-kms-alone tokens-open-what-they-hold old-requests-shown"
)


def _trunk(run: Runbook) -> None:
    """The guide without its forks."""
    with Patches() as patches:
        for module, names in _FORKS:
            for name in names.split():
                patches.replace(module, name, lambda *_: None)
        guide(run)


def _part(
    name: str, checks: str, *, before: tuple[Act, ...] = (), stopped: tuple[Act, ...] = (), after: tuple[Act, ...] = ()
) -> Scenario:
    """Sombra as it is today, and some forks of it at each point of the procedure."""

    def body(run: Runbook) -> None:
        r = run.rehearsal
        with run.step("today", "Sombra as it is today"):
            todays_sombra(r, run.seed)
        for act in before:
            act(r, run)
        r.stop()
        for act in stopped:
            act(r, run)
        if after:
            r.must_start("after")
            new_work(r, run.seed)
        for act in after:
            act(r, run)

    return Scenario(name, f"The forks around {name}", body, tuple(checks.split()))


def _without_run(act: Callable[[Rehearsal], None]) -> Act:
    return lambda r, _: act(r)


def _probe_after(r: Rehearsal, _: Runbook) -> None:
    r.probe("after-cutover", guide_forks.sample(r))


def _prerequisites(r: Rehearsal, run: Runbook) -> None:
    arn = r.environments["after"]["AWS_KMS_KEY_ARN"]
    silent = guide_forks.Wrong("silent-denial", "kms_access_denied", {guide_forks.THROW: "false"}, deny="kms:Decrypt")
    for wrong in (*guide_forks.prerequisites(arn, throws=False), silent):
        guide_forks.plant_prerequisite(r, run, wrong, arn)


PARTS = (
    _part("the damaged", "damage-told-apart",
          before=(guide_forks.plant_damage,), after=(guide_forks.plant_damage_under_aws,)),
    _part("the start-up table", "aws-variables-refused key-lists-refused all-problems-at-once hybrid-refused "
          "misspelt-provider-refused lenient-starts alias-starts start-remarks-said",
          stopped=(guide_startup.walk_the_table,)),
    _part("the prerequisites", "prerequisites-told-apart green-but-broken faults-are-logged refused-once "
          "refused-leaves-nothing",
          stopped=(_prerequisites,)),
    _part("the flag", "throw-flag-obeyed key-comes-back", stopped=(guide_proofs.loud_starts,)),
    _part("the proofs", "forged-contexts-refused doors-are-shut tokens-end-in-time keys-are-fresh "
          "nothing-in-the-clear contexts-name-their-wrap own-consent-key kms-key-is-pinned chart-traps-told "
          "key-deletion-told age-told-apart config-sync-is-told pages-outlive-the-cutover",
          before=(guide_proofs.before_the_stop,), after=(_without_run(guide_proofs.after_the_cutover),)),
    _part("the key lists", "key-lists-show outer-refusals-named", stopped=(guide_forks.key_lists,),
          after=(_probe_after,)),
    _part("what comes before", "next-steps-work-before drained-loses-nothing paused-restarts restart-keeps-history "
          "rotated-before-stop planted-overlap-found slow-step-overruns paused-traffic-accounted "
          "receivers-need-a-restart", before=(guide_forks.before_the_stop,)),
    _part("what comes after", "fifth-set-forgotten kms-rotation-keeps kms-key-is-pinned old-key-is-the-rollback",
          after=(guide_forks.after_the_cutover, _without_run(guide_proofs.another_kms_key))),
    _part("what comes back", "old-work-goes-on", after=(guide_forks.after_the_rollback,)),
    _part("the refusals", "statuses-fit-causes",
          before=(guide_forks.plant_damage, guide_forks.pause_and_restart, _without_run(guide_proofs.let_tokens_age)),
          stopped=(plant_kms_faults,), after=(_probe_after,)),
    _part("the operator", "changed-secret-needs-restart cli-traps-are-planned",
          before=(_without_run(guide_operator.before_the_stop),)),
    Scenario("the trunk", "The guide without its forks", _trunk, tuple(_TRUNK.split())),
)  # fmt: skip


_WANTS_THE_FORKS = frozenset(
    {"found-identifiers-in-the-log", "key-in-a-refusal", "key-sent-along", "consent-not-tried"}
)
"""Seen by a check that hears every world, of which the parts have too few; the last one must let every fork end."""


def ground_of(mutant: Mutant) -> Scenario:
    """Where to try a mutant."""
    known = scenarios()
    if mutant.is_process:
        return known[LIVES]
    small = (known["kms_faults"], known["further_provider"], *PARTS)
    if mutant.id in _WANTS_THE_FORKS:
        return known["guide"]
    able = (each for each in small if set(mutant.checks) <= set(each.checks))
    return next(able, known["guide"])
