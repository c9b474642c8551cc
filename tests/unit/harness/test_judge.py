"""A history becomes one verdict: go only with every check passed and the scenario at its end."""

from __future__ import annotations

from typing import Any

import pytest

from harness import judge as judging
from harness.checks.check import CHECKS, Check, Evidence, check
from harness.claims import CLAIMS, EXEMPT
from harness.history import TRUNK, History
from harness.judge import Frame, judge
from harness.run import Config, Finding, Level, Run
from harness.verdict import Outcome, Result, Verdict, failed, passed, unknown

_CONFIG = Config("sha256:0", {}, {}, {}, {})


def _check(identity: str, verdict: Verdict | Exception, *claims: str, worlds: tuple[str, ...] = ()) -> Check:
    def judged(evidence: Evidence) -> Verdict:
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    return Check(identity, f"the check {identity}", claims or ("G-03",), judged, worlds)


PASSES = _check("passes", passed("seen", [1]), "G-03", "G-04")
FAILS = _check("fails", failed("opened", [2]), "G-06")
UNKNOWN = _check("unknown", unknown("not seen"), "G-04")
RAISES = _check("raises", ZeroDivisionError("by a check"), "G-05")
FORKED = _check("forked", passed("seen", [1]), "G-07", worlds=("drained",))


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {each.id: each for each in (PASSES, FAILS, UNKNOWN, RAISES, FORKED)}
    monkeypatch.setattr(judging, "table", lambda: known)


def _history(*, outcome: str = "ok", **interrupted: Any) -> History:
    history = History(clock=lambda: 0.0)
    history.append(TRUNK, "budget", seconds=60.0)
    if interrupted:
        history.append(TRUNK, "interrupted", **interrupted)
    elif outcome:
        history.append(TRUNK, "scenario-ended", outcome=outcome, why="because" if outcome != "ok" else "")
    return history


def _judged(*checks: str, history: History | None = None, findings: tuple[Finding, ...] = ()) -> Run:
    frame = Frame("short", "inprocess", "moto", 7, "2026-01-01T00:00:00+00:00", _CONFIG, findings, checks)
    return judge(frame, history or _history())


def test_every_check_passed_and_the_scenario_ended_is_go() -> None:
    run = _judged("passes")

    assert (run.verdict, run.reason) == (Outcome.GO, "all 1 checks passed")
    assert run.claims["G-03"].result is Result.PASS
    assert run.claims["G-03"].checks == ("passes",)


@pytest.mark.parametrize("checks", [("passes", "fails"), ("fails", "unknown", "raises"), ("fails",)])
def test_one_failed_check_is_no_go_and_names_its_claim(checks: tuple[str, ...]) -> None:
    run = _judged(*checks)

    assert (run.verdict, run.reason) == (Outcome.NO_GO, "G-06: opened")


@pytest.mark.parametrize("unsure", ["unknown", "raises", "forked"])
def test_a_check_that_cannot_be_made_is_inconclusive_and_never_a_pass(unsure: str) -> None:
    run = _judged("passes", unsure)

    assert run.verdict is Outcome.INCONCLUSIVE
    assert unsure in run.reason
    (record,) = [each for each in run.checks if each.id == unsure]
    assert record.result is Result.UNKNOWN


def test_a_check_that_raises_says_so() -> None:
    (record,) = _judged("raises").checks

    assert record.why == "the check itself failed: ZeroDivisionError: by a check"


def test_a_claim_passes_only_if_every_check_that_cites_it_does() -> None:
    run = _judged("passes", "unknown")

    assert (run.claims["G-03"].result, run.claims["G-04"].result) == (Result.PASS, Result.UNKNOWN)
    assert run.claims["G-04"].why == "not seen"


def test_a_claim_that_no_check_cites_is_not_run_with_its_reason() -> None:
    run = _judged("passes")

    assert set(run.claims) == set(CLAIMS)
    assert (run.claims["G-25"].result, run.claims["G-25"].why) == (Result.NOT_RUN, "not part of this scenario")
    for exemption in EXEMPT:
        assert exemption.issue in run.claims[exemption.claim].why


@pytest.mark.parametrize(
    ("history", "word"),
    [
        (_history(why="Ctrl-C"), "interrupted"),
        (_history(outcome=""), "cut short"),
        (_history(outcome="failed"), "because"),
    ],
)
def test_a_run_that_did_not_come_to_its_end_is_never_go(history: History, word: str) -> None:
    run = _judged("passes", history=history)

    assert run.verdict is Outcome.INCONCLUSIVE
    assert word in run.reason
    assert _judged("fails", history=history).verdict is Outcome.NO_GO


@pytest.mark.parametrize(
    ("level", "verdict"), [("error", Outcome.NO_GO), ("warning", Outcome.GO), ("note", Outcome.GO)]
)
def test_only_an_error_in_the_files_is_no_go_by_itself(level: Level, verdict: Outcome) -> None:
    finding = Finding("hybrid", level, "G-01", "after.env", 3, "two providers", "choose one")
    run = _judged("passes", findings=(finding,))

    assert run.verdict is verdict
    assert ("G-01" in run.reason) is (level == "error")


def test_a_claim_that_an_error_in_the_files_breaks_has_failed_though_its_checks_passed() -> None:
    finding = Finding("order-swapped", "error", "G-03", "after.env", 6, "the old key stands first", "put it second")
    history = _history()
    told = history.append(TRUNK, "doctor", findings=[])

    claim = _judged("passes", history=history, findings=(finding,)).claims["G-03"]

    assert (claim.result, claim.checks) == (Result.FAIL, ("passes",))
    assert claim.why == "after.env:6: the old key stands first"
    assert claim.evidence[0] == told.n


def test_a_finding_of_no_claim_breaks_none() -> None:
    finding = Finding("odd", "error", "", "after.env", 1, "odd", "mend it")

    run = _judged("passes", findings=(finding,))

    assert run.verdict is Outcome.NO_GO
    assert {each.result for each in run.claims.values()} == {Result.PASS, Result.NOT_RUN}


def test_no_check_at_all_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "table", dict)

    assert _judged().verdict is Outcome.INCONCLUSIVE


def test_only_steps_of_the_window_count_against_its_budget() -> None:
    history = _history()
    frame = {"title": "t", "claims": [], "outcome": "ok", "point_of_no_return": False}
    for name, in_window, world in (("today", False, TRUNK), ("stop", True, TRUNK), ("slow", True, "slow-step")):
        history.append(world, "step-ended", step=name, duration_s=2.0, declared_s=60.0, in_window=in_window, **frame)

    window = _judged("passes", history=history).window

    assert (window.budget_s, window.used_s, window.declared_s) == (60.0, 2.0, 60.0)
    assert [step.id for step in window.steps] == ["today", "stop"]


def test_refusals_are_counted_by_moment_and_cause() -> None:
    history = _history()
    for readable, cause in ((True, ""), (False, "tampered"), (False, "tampered"), (False, "wrong_provider")):
        history.append(TRUNK, "probe", moment="after-cutover", artifact="file/r0", readable=readable, cause=cause)

    rates = _judged("passes", history=history).error_rates

    assert rates == {"after-cutover": {"tampered": 2, "wrong_provider": 1}}


def test_two_checks_of_one_name_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CHECKS, "happy-state", PASSES)

    with pytest.raises(ValueError, match="happy-state"):
        check("happy-state", "again", "G-01")(lambda _: passed("seen", [1]))
