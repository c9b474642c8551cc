"""Faults in a rehearsal: planted, written down, healed whatever happens, and judged."""

from __future__ import annotations

import pytest

from fake_sombra.kms.faults.spec import KINDS, parse
from harness.environment import default_rollback
from harness.faults import FAULTS, reached_its_caller
from harness.generated import before_and_after
from harness.progress import Silent
from harness.runbook import Runbook, Scenario, StepFailed
from harness.runner import Plan, Rehearsed, rehearse
from harness.targets.inprocess import InProcess
from harness.verdict import Outcome
from scenarios.faults import kms_faults
from scenarios.parts import functional_probe

_CHECK = "kms-faults-are-logged"


def _rehearsed(scenario: Scenario, faults: str = "") -> Rehearsed:
    before, after = before_and_after()
    plan = Plan(before, after, default_rollback(after), faults=faults)
    return rehearse(scenario, plan, target=InProcess(), progress=Silent())


def _window(run: Runbook) -> None:
    run.rehearsal.must_start("after")
    functional_probe(run.rehearsal, run.seed, "after-cutover")
    run.rehearsal.read_journal("after-cutover")
    run.rehearsal.stop()


def _fails_inside_a_fault(run: Runbook) -> None:
    with run.rehearsal.fault("*:outage"):
        raise StepFailed("planted")


def test_every_fault_is_told_apart_and_heals() -> None:
    run = _rehearsed(kms_faults).run

    assert (run.verdict, run.checks[0].why) == (Outcome.GO, f"{len(FAULTS)} faults, each told apart")


def test_faults_are_healed_when_the_block_fails() -> None:
    history = _rehearsed(Scenario("fails", "fails", _fails_inside_a_fault, (_CHECK,))).history

    assert [event.kind for event in history if event.kind in {"fault", "healed"}] == ["fault", "healed"]
    assert history.of("healed")[0]["ok"]


@pytest.mark.parametrize(
    ("faults", "cause"), [("Decrypt:ThrottlingException", "kms_throttled"), ("Encrypt:outage", "kms_unreachable")]
)
def test_a_permanent_fault_shows_in_the_window_by_its_cause(faults: str, cause: str) -> None:
    history = _rehearsed(Scenario("window", "window", _window, (_CHECK,)), faults).history

    assert history.of("functional-probe")[0]["cause"] == cause
    assert cause in {event["code"] for event in history.of("log")}
    assert [event["spec"] for event in history.of("healed")] == [faults]
    assert history.of("kms-journal")[0]["injected"]


def test_a_transient_fault_is_retried_and_stands_apart_in_the_journal() -> None:
    history = _rehearsed(Scenario("window", "window", _window, (_CHECK,)), "Decrypt:lost@once").history

    journal = history.of("kms-journal")[0]
    assert history.of("functional-probe")[0]["ok"]
    assert [(call[0], call[2]) for call in journal["injected"]] == [("Decrypt", "ok")]  # a key's, or the canary's
    assert ["Decrypt", 32, "ok"] in journal["calls"]


def test_a_fault_is_not_active_under_local() -> None:
    def local(run: Runbook) -> None:
        run.rehearsal.must_start("before")
        run.rehearsal.stop()

    assert not _rehearsed(Scenario("local", "local", local, (_CHECK,)), "*:outage").history.of("fault")


def test_a_delay_spoils_no_answer_and_everything_else_does() -> None:
    assert reached_its_caller(None)
    assert reached_its_caller("*:latency(1ms,2ms); *[region=eu-west-1]:stale(3)")
    assert not reached_its_caller("*:latency(1ms,2ms); Encrypt:lost@once")
    assert not reached_its_caller("Decrypt[key=arn:aws:kms:eu-west-1:111122223333:key/x]:ThrottlingException")


def test_every_planted_fault_is_one_the_front_knows() -> None:
    written = {str(parse(planted.spec)[0]) for planted in FAULTS}
    effects = {planted.spec.partition(":")[2].partition("(")[0] for planted in FAULTS}

    assert written == {planted.spec for planted in FAULTS}
    assert effects <= {example.partition("(")[0] for example, _ in KINDS}
