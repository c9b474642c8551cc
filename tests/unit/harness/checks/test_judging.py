"""The laws of judging: no evidence is no pass, one that differs is a fail, and the first that is wrong decides."""

from __future__ import annotations

import pytest

from harness.checks.check import Check, Evidence, Probed, all_opened, all_refused, check, first_bad, numbers
from harness.history import History
from harness.judge import table
from harness.model import Era, Expectation
from harness.verdict import Result, failed, passed, unknown


def _probed(n: int, *, readable: bool, cause: str = "", expected: Expectation | None = None) -> Probed:
    history = History()
    for _ in range(n):
        event = history.append("trunk", "probe", readable=readable, cause=cause)
    return Probed(event, Era("L(o)", "o"), expected or Expectation(readable=True))


OPEN, SHUT = _probed(1, readable=True), _probed(2, readable=False, cause="wrong_provider")


def test_nothing_to_look_at_is_unknown() -> None:
    assert all_opened([], "files").result is Result.UNKNOWN
    assert all_refused([], "files", "wrong_provider").result is Result.UNKNOWN
    assert "files" in all_opened([], "files").why


def test_one_refusal_among_openings_fails_and_names_its_cause() -> None:
    assert all_opened([OPEN], "files").result is Result.PASS

    verdict = all_opened([OPEN, SHUT], "files")

    assert (verdict.result, verdict.evidence) == (Result.FAIL, (2,))
    assert verdict.why == "1 of 2 files were refused: wrong_provider"


def test_one_opening_among_refusals_fails_and_so_does_another_cause() -> None:
    assert all_refused([SHUT], "files", "unknown_key", "wrong_provider").result is Result.PASS

    opened, other = all_refused([SHUT, OPEN], "files", "wrong_provider"), all_refused([SHUT], "files", "tampered")

    assert (opened.result, opened.evidence) == (Result.FAIL, (1,))
    assert opened.why == "1 of 2 files were opened"
    assert (other.result, other.evidence) == (Result.FAIL, (2,))
    assert other.why == "1 of 1 files were refused as wrong_provider"


def test_a_pass_shows_all_it_rests_on() -> None:
    assert all_opened([OPEN], "files").evidence == (1,)
    assert all_opened([OPEN], "files").why == "all 1 files were readable"
    assert all_refused([SHUT], "files", "a", "wrong_provider").why == "all 1 files were refused as a or wrong_provider"
    assert numbers([OPEN, SHUT]) == [1, 2]


def test_the_first_that_is_no_pass_decides() -> None:
    good, bad, unsure = passed("good", [1]), failed("bad", [2]), unknown("unsure")

    assert first_bad([good, bad, unsure]) is bad
    assert first_bad([good, unsure, bad]) is unsure
    together = first_bad([good, passed("better", [3])])
    assert (together.why, together.evidence) == ("good; better", (1, 3))


@pytest.mark.parametrize(
    ("seen", "agrees"),
    [
        (_probed(1, readable=True), True),
        (_probed(1, readable=False, cause="tampered"), False),
        (_probed(1, readable=False, cause="tampered", expected=Expectation(readable=False, cause="tampered")), True),
        (
            _probed(1, readable=False, cause="tampered", expected=Expectation(readable=False, cause="unknown_key")),
            False,
        ),
        (_probed(1, readable=True, expected=Expectation(readable=False, cause="tampered")), False),
    ],
)
def test_a_probe_agrees_when_what_was_seen_is_what_is_demanded(seen: Probed, agrees: bool) -> None:  # noqa: FBT001
    assert seen.agrees is agrees


def test_a_check_whose_fork_was_not_run_or_ended_early_says_so() -> None:
    history = History()
    judged = Check("planted", "A check of a fork", ("G-02",), lambda _: passed("seen", [1]), ("apart", "elsewhere"))

    missing = judged.verdict(Evidence(history))
    history.append("apart", "fork-ended", outcome="ok", why="")
    history.append("elsewhere", "fork-ended", outcome="failed", why="a step was refused")
    early = judged.verdict(Evidence(history))
    history.append("elsewhere", "fork-ended", outcome="ok", why="")

    assert (missing.result, missing.why) == (Result.UNKNOWN, "the fork apart was not run to its end")
    assert (early.result, early.evidence) == (Result.FAIL, (2,))
    assert early.why == "the fork elsewhere ended early: a step was refused"
    assert judged.verdict(Evidence(history)).result is Result.PASS


def test_two_checks_of_one_name_are_refused() -> None:
    assert "happy-state" in table()

    with pytest.raises(ValueError, match="two checks are called happy-state"):
        check("happy-state", "Again", "G-16")(lambda _: passed("again", [1]))
