"""Single roads of the guide as scenarios of their own: drain, pause and restart, archive, downloads, keys."""

from __future__ import annotations

from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.roads import archive, try_roads
from harness.runbook import Runbook, minutes, scenario
from scenarios import guide_forks
from scenarios.guide_startup import try_a_hybrid
from scenarios.parts import functional_probe, new_work, todays_sombra


def today(run: Runbook) -> Rehearsal:
    with run.step("today", "Sombra as it is today, under Local KMS", in_window=False):
        todays_sombra(run.rehearsal, run.seed)
        run.rehearsal.probe("before-cutover")
    return run.rehearsal


def cut_over(run: Runbook) -> None:
    r = run.rehearsal
    with run.step("cut-over", "Stop, switch the environment, start", declared_s=minutes(17)):
        r.stop()
        r.must_start("after")
        r.look_at_health()
        functional_probe(r, run.seed, "after-cutover")


@scenario(
    "starts_and_stops",
    "Each environment started and stopped on the target, a hybrid refused",
    checks=(
        "operator-boots",
        "no-overlap",
        "healthy-and-works",
        "target-refuses-hybrids",
        "stops-when-told",
        "logs-hold-nothing-secret",
    ),
)
def starts_and_stops(run: Runbook) -> None:
    today(run)
    run.rehearsal.stop()
    with run.step("hybrid", "Try to start with two providers", in_window=False):
        try_a_hybrid(run.rehearsal)
    cut_over(run)
    roll_back(run)
    run.rehearsal.read_logs()


def roll_back(run: Runbook) -> None:
    r = run.rehearsal
    with run.step("roll-back", "Stop, KMS_PROVIDER=local, start", declared_s=minutes(10), point_of_no_return=True):
        r.stop()
        r.must_start("rollback")
        r.look_at_health()
        r.probe("after-rollback")
        r.stop()


@scenario(
    "drain", "Complete or cancel what is in flight, then cut over", checks=("happy-state", "drained-loses-nothing")
)
def drain(run: Runbook) -> None:
    r = today(run)
    with run.step("drain", "Drain, then cut over", declared_s=minutes(30)):
        guide_forks.drain_first(r)
    r.stop()


@scenario("pause_restart", "Pause, cut over, restart what was in flight", checks=("happy-state", "paused-restarts"))
def pause_restart(run: Runbook) -> None:
    r = today(run)
    with run.step("pause", "Pause, cut over, restart", declared_s=minutes(20)):
        guide_forks.pause_and_restart(r, run)
    r.stop()


@scenario(
    "archive_first",
    "Download what must stay readable, prove the archive, cut over",
    checks=("happy-state", "archive-complete", "in-window", "healthy-and-works"),
)
def archive_first(run: Runbook) -> None:
    r = today(run)
    with run.step("archive", "List the download keys, download each file", in_window=False):
        archive(r, statuses=("APPROVING", "DOWNLOADABLE", "COMPLETED", "DELAYED"))
    cut_over(run)
    r.stop()


@scenario(
    "historical_downloads",
    "Completed requests: downloadable before, refused after, back after the rollback",
    checks=("happy-state", "roads-open-before", "roads-closed-after", "files-leak-nothing", "rollback-restores"),
)
def historical_downloads(run: Runbook) -> None:
    r = today(run)
    try_roads(r, "before-cutover")
    cut_over(run)
    r.probe("after-cutover")
    try_roads(r, "after-cutover")
    roll_back(run)


@scenario(
    "signing_keys",
    "New key first, old key second: tokens, the published key, rotation to the fifth set",
    checks=(
        "happy-state",
        "old-tokens-verify",
        "old-webhook-tokens-fail",
        "new-key-first",
        "key-lists-show",
        "fifth-set-forgotten",
        "kms-rotation-keeps",
        "rotated-before-stop",
    ),
)
def signing_keys(run: Runbook) -> None:
    r = today(run)
    guide_forks.rotate_before_stop(r, run)
    guide_forks.key_lists(r, run)
    cut_over(run)
    new_work(r, run.seed)
    r.probe("after-cutover")
    guide_forks.rotate_keys(r, run)
    roll_back(run)


@scenario(
    "rollback_at_every_step",
    "From every prefix of the window, the rollback",
    checks=("happy-state", "rollback-from-every-step", "rollback-restores", "rollback-refuses-cloud", "model-agrees"),
)
def rollback_at_every_step(run: Runbook) -> None:
    r = today(run)
    run.after_step = lambda step: guide_forks.roll_back_from(r, step)
    with run.step("stop", "Stop Sombra"):
        r.stop()
    with run.step("start", "Start under the cloud KMS"):
        r.must_start("after")
        r.look_at_health()
    with run.step("first-request", "One new request"):
        functional_probe(r, run.seed, "after-cutover")
    with run.step("more-work", "New work of every class"):
        new_work(r, run.seed)
    roll_back(run)
