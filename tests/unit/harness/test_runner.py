"""How a scenario is run: whatever happens in it, the world is closed and the history tells what happened."""

from __future__ import annotations

import io
import json
from types import MappingProxyType

import pytest

from harness.environment import EnvFile, default_rollback
from harness.generated import ARN, before_and_after
from harness.progress import Silent
from harness.rehearsal.rehearsal import StepFailed
from harness.runbook import Body, Runbook, Scenario
from harness.runner import DEFAULT_ACCOUNT, Plan, Rehearsed, rehearse
from harness.target import AnswerLacks, TargetFailed
from harness.verdict import Outcome
from tests.unit.harness.fakes import FakeTarget, FakeWorld

_BEFORE, _AFTER = before_and_after()


def _plan(after: EnvFile = _AFTER) -> Plan:
    return Plan(_BEFORE, after, default_rollback(after), budget_s=60.0)


def _run(body: Body, target: FakeTarget, *, journal: io.StringIO | None = None, plan: Plan | None = None) -> Rehearsed:
    scenario = Scenario("short", "A short one", body, ("happy-state",))
    return rehearse(scenario, plan or _plan(), target=target, progress=Silent(), journal=journal)


def _after(**changed: str) -> EnvFile:
    variables = MappingProxyType({**_AFTER.variables, **changed})
    return EnvFile(_AFTER.path, variables, _AFTER.lines)


def _nothing(run: Runbook) -> None:
    """Do nothing."""


def test_a_run_begins_with_what_it_was_made_with_and_ends_with_its_scenario() -> None:
    target = FakeTarget()

    rehearsed = _run(_nothing, target)

    assert [event.kind for event in rehearsed.history] == ["run", "budget", "doctor", "scenario-ended"]
    assert rehearsed.history.of("budget")[0]["seconds"] == 60.0
    assert target.world.is_closed
    assert rehearsed.run.verdict is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("failure", [StepFailed("Sombra refused"), AnswerLacks("no 'nodes' in an answer")])
def test_a_step_that_fails_ends_the_scenario_and_is_judged(failure: Exception) -> None:
    def failing(run: Runbook) -> None:
        raise failure

    target = FakeTarget(FakeWorld(log=[{"level": "error", "event": "call_refused"}]))

    rehearsed = _run(failing, target)

    (ended,) = rehearsed.history.of("scenario-ended")
    assert (ended["outcome"], ended["why"]) == ("failed", str(failure))
    assert rehearsed.history.of("log")[0]["event"] == "call_refused"
    assert (rehearsed.run.verdict, target.world.is_closed) == (Outcome.INCONCLUSIVE, True)
    assert str(failure) in rehearsed.run.reason


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), TargetFailed("kms ended by itself")])
def test_an_interruption_closes_the_world_and_is_written_down(ending: BaseException) -> None:
    def ended(run: Runbook) -> None:
        run.rehearsal.must_start("before")
        raise ending

    target, journal = FakeTarget(), io.StringIO()

    with pytest.raises(type(ending)):
        _run(ended, target, journal=journal)

    kinds = [json.loads(line)["kind"] for line in journal.getvalue().splitlines()]
    assert kinds[-2:] == ["booted", "interrupted"]
    assert target.world.is_closed


@pytest.mark.parametrize(
    ("arn", "keys", "account"),
    [
        (ARN, (ARN,), "111122223333"),
        (
            "arn:aws:kms:us-east-1:444455556666:key/mrk-1",
            ("arn:aws:kms:us-east-1:444455556666:key/mrk-1",),
            "444455556666",
        ),
        ("arn:aws:kms:eu-west-1:111122223333:alias/sombra", (), DEFAULT_ACCOUNT),
        ("", (), DEFAULT_ACCOUNT),
        ("not:an:arn", (), DEFAULT_ACCOUNT),
    ],
)
def test_the_world_holds_exactly_the_key_that_the_arn_of_after_names(
    arn: str, keys: tuple[str, ...], account: str
) -> None:
    target = FakeTarget()

    _run(_nothing, target, plan=_plan(_after(AWS_KMS_KEY_ARN=arn)))

    (plan,) = target.plans
    assert (plan.kms_keys, plan.account) == (keys, account)


def test_the_overlay_is_printed_without_its_credentials() -> None:
    overlay = _run(_nothing, FakeTarget()).run.config.overlay

    assert overlay == {"TRANSCEND_URL": "http://transcend.fake", "AWS_SECRET_ACCESS_KEY": "(rehearsal)"}


def test_the_findings_of_the_files_are_part_of_the_run() -> None:
    rehearsed = _run(_nothing, FakeTarget(), plan=_plan(_after(KMS_PROVIDER="local,AWS")))

    assert "G-01" in {finding.claim for finding in rehearsed.run.findings if finding.level == "error"}
    assert rehearsed.run.verdict is Outcome.NO_GO
    assert rehearsed.history.of("doctor")[0]["findings"]
