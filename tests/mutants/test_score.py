"""What is printed and returned for every mixture of fates; a mutant that would change nothing is refused."""

from __future__ import annotations

import json

import pytest

from harness.cli import main
from harness.judge import table
from harness.mutants import CONTROL, Fate, Mutant, Patches, Trial
from harness.mutants.mutant import NothingToReplace, gathered
from harness.mutants.printed import headline, text
from harness.mutants.score import Score
from harness.report.page import Page
from harness.targets.wrong import WRONG_SOMBRAS
from tests.mutants import planted

GREEN = Trial(CONTROL.id, Fate.SURVIVED, "all checks passed")
RED = Trial(CONTROL.id, Fate.KILLED, "a check failed", failed=("no-overlap",))
ONE, TWO = (
    Mutant(name, f"The bug {name}", ("G-02",), ("no-overlap",), lambda patches: None) for name in ("one", "two")
)


def _score(*fates: Fate, control: Trial = GREEN) -> Score:
    killers = {Fate.KILLED: ("no-overlap",)}
    trials = [Trial(each.id, fate, "why", killers.get(fate, ())) for each, fate in zip((ONE, TWO), fates, strict=False)]
    return Score({each.id: each for each in (ONE, TWO)[: len(fates)]}, control, trials)


@pytest.mark.parametrize(
    ("score", "code"),
    [
        (_score(Fate.KILLED, Fate.KILLED), 0),
        (_score(Fate.KILLED, Fate.SURVIVED), 1),
        (_score(Fate.KILLED, Fate.INCONCLUSIVE), 3),
        (_score(Fate.SURVIVED, Fate.INCONCLUSIVE), 1),
        (_score(Fate.KILLED, Fate.KILLED, control=RED), 3),
        (_score(Fate.SURVIVED, control=RED), 3),
        (_score(), 3),
    ],
)
def test_the_exit_code_says_whether_all_were_killed(score: Score, code: int) -> None:
    assert score.exit_code == code


def test_the_counts_leave_out_what_was_not_executed() -> None:
    assert _score(Fate.KILLED, Fate.INCONCLUSIVE).counts == {"planned": 2, "executed": 1, "killed": 1}


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (_score(Fate.KILLED, Fate.KILLED), "2 of 2 wrong Sombras killed, each by a check of its own"),
        (_score(Fate.KILLED, Fate.SURVIVED), "survived: two"),
        (_score(Fate.KILLED, Fate.INCONCLUSIVE), "1 could not be tried to the end"),
        (_score(Fate.KILLED, control=RED), "Nothing can be said"),
    ],
)
def test_the_headline_names_what_to_do_about(score: Score, words: str) -> None:
    assert words in headline(score)


def test_a_check_that_killed_nothing_is_named() -> None:
    printed = text(_score(Fate.KILLED), Page(), checks=("no-overlap", "in-window"))

    assert "Checks that killed nothing: in-window" in printed


def test_every_row_names_the_mutant_and_its_killer() -> None:
    printed = text(_score(Fate.KILLED, Fate.SURVIVED), Page(width=120))

    assert "killed" in printed
    assert "no-overlap" in printed
    assert "The bug two" in printed


def test_a_trial_survives_its_way_through_json() -> None:
    trial = Trial("one", Fate.KILLED, "why", ("no-overlap",), ("no-overlap", "in-window"), ("G-02",), 1.5)

    assert Trial.from_json(json.loads(json.dumps(trial.to_json()))) == trial


def test_a_patch_of_what_is_not_there_is_refused() -> None:
    with Patches() as patches, pytest.raises(NothingToReplace, match="write the mutant anew"):
        patches.replace(Page, "gone", None)


def test_patches_are_undone_in_reverse() -> None:
    before = planted.PLANTED

    with Patches() as patches:
        patches.replace(planted, "PLANTED", {})
        patches.replace(planted, "PLANTED", {"two": None})
        assert list(planted.PLANTED) == ["two"]

    assert planted.PLANTED is before


def test_two_mutants_of_one_name_are_refused() -> None:
    class Module:
        one = ONE
        other = Mutant("one", "Another bug", (), (), lambda patches: None)

    with pytest.raises(ValueError, match="two mutants are called one"):
        gathered(Module)


def test_the_list_names_every_wrong_sombra(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["mutants", "--list"])

    told = capsys.readouterr().out
    assert code == 0
    assert [name for name in WRONG_SOMBRAS if name not in told] == []
    assert len(WRONG_SOMBRAS) >= 45


def test_an_unknown_name_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["mutants", "no-such-sombra"])

    assert code == 2
    assert "mutants --list" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["0", "65"])
def test_an_impossible_number_of_jobs_is_bad_usage(jobs: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["mutants", "refuses-by-label", "--jobs", jobs])

    assert code == 2
    assert "use 1 to 64" in capsys.readouterr().err


def test_every_named_check_exists() -> None:
    named = {check for mutant in WRONG_SOMBRAS.values() for check in mutant.checks}

    assert named <= set(table())
