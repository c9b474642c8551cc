"""The migration guide, forwards and back: one trunk on the chosen target, and forks of the same world.

The trunk is undrained (G-05); what the guide offers besides, and what must be found when it is done wrong, are
forks (`scenarios/guide_forks.py`).
"""

from __future__ import annotations

from harness import drill
from harness.rehearsal.arrivals import look_at_arrivals
from harness.rehearsal.in_flight import in_flight_count, try_next_steps
from harness.rehearsal.kms_calls import count_kms_calls
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.roads import archive, ask_what_is_pending, read_back, try_roads, try_roads_to_new_work
from harness.runbook import Act, Alone, Runbook, minutes, scenario
from scenarios import guide_forks, guide_operator, guide_proofs
from scenarios.guide_startup import try_a_hybrid
from scenarios.parts import functional_probe, new_work, todays_sombra


@scenario("guide", "Local KMS to AWS KMS, and back")
def guide(run: Runbook) -> None:
    run.beside(lambda still: migrate_to_the_drill(still, run))
    _before_the_window(run)
    _cut_over(run)
    _roll_back(run)


def _before_the_window(run: Runbook) -> None:
    r = run.rehearsal

    with run.step("today", "Sombra as it is today, under Local KMS", in_window=False):
        todays_sombra(r, run.seed)
        r.probe("before-cutover")
        in_flight_count(r, "before-cutover")

    with run.step("archive", "Download what must stay readable", claims=("G-16", "G-18"), in_window=False):
        try_roads(r, "before-cutover")
        ask_what_is_pending(r, "before-cutover")
        archive(r, statuses=("APPROVING", "DOWNLOADABLE", "COMPLETED", "DELAYED"))
        r.list_requests("before-cutover")
        count_kms_calls(r, "under-local")

    with run.step("prepare", "Rehearse the alternatives on copies of this world", in_window=False):
        run.beside(
            lambda still: guide_forks.before_the_stop(still, run),
            lambda still: guide_proofs.before_the_stop(still, run),
            guide_operator.before_the_stop,
        )


def _cut_over(run: Runbook) -> None:
    r = run.rehearsal

    with run.step("stop", "Stop Sombra", claims=("G-02",), declared_s=minutes(2)):
        r.stop()
        r.probe("stopped")
    _and_back(
        run,
        "stop",
        lambda still: guide_forks.while_stopped(still, run),
        lambda still: guide_proofs.while_stopped(still, run),
    )

    with run.step("hybrid", "Try to start with two providers", claims=("G-01",), in_window=False):
        try_a_hybrid(r)

    with run.step("switch", "Switch the environment to the cloud KMS", claims=("G-10", "G-11"), declared_s=minutes(10)):
        r.switch("before", "after")
    _and_back(run, "switch")

    with run.step("start", "Start Sombra and look at its health", claims=("G-19",), declared_s=minutes(5)):
        r.must_start("after")
        r.look_at_health()
    _and_back(run, "start")

    with run.step(
        "validate",
        "Validate with a new request: from here on a rollback loses what AWS wrapped",
        claims=("G-19", "G-20"),
        declared_s=minutes(15),
        point_of_no_return=True,
    ):
        functional_probe(r, run.seed, "after-cutover")
        new_work(r, run.seed)
    _and_back(run, "validate")

    with run.step("monitor", "Look at the old requests, the logs and the KMS", claims=("G-03", "G-21", "G-22")):
        r.list_requests("just-started")
        r.probe("after-cutover")
        r.read_journal("after-cutover")
        try_roads(r, "after-cutover")
        ask_what_is_pending(r, "after-cutover")
        try_next_steps(r, "after-cutover")
        r.list_requests("after-cutover")
        read_back(r, "after-cutover")
        try_roads_to_new_work(r)
    _and_back(run, "monitor", lambda still: guide_forks.after_the_cutover(still, run), guide_proofs.after_the_cutover)


def _and_back(run: Runbook, step: str, *acts: Act) -> None:
    """After a step of the window: the rollback from there, and whatever else begins there."""
    run.beside(lambda still: guide_forks.roll_back_from(still, step), *acts)


def _roll_back(run: Runbook) -> None:
    r = run.rehearsal

    with run.step(
        "roll-back",
        "Stop, revert KMS_PROVIDER to local, start",
        claims=("G-23", "G-24"),
        declared_s=minutes(10),
    ):
        r.stop()
        count_kms_calls(r, "aws-stopped")
        r.switch("after", "rollback")
        r.must_start("rollback")
        r.look_at_health()
        new_work(r, run.seed)
        r.probe("after-rollback")
    _and_back(run, "roll-back", lambda still: guide_forks.after_the_rollback(still, run))

    with run.step("settle", "Read what the gateways and the KMS wrote down", in_window=False):
        r.read_journal("end")
        count_kms_calls(r, "rolled-back")
        r.read_logs()
        look_at_arrivals(r)
        r.stop()


def migrate_to_the_drill(r: Rehearsal, run: Runbook) -> None:
    """These very steps once more, in a world of their own, to a provider that nobody wrote them for (G-26)."""
    with r.drill(drill.WORLD, "The same guide with a further provider in the place of AWS") as f:
        guide.body(Alone(f, run.seed))
