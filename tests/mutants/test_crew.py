"""A survivor, a crash and a hang are told apart, and none of them looks like a kill."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.cli import parser
from harness.commands.mutants import conduct
from harness.mutants import CONTROL, Fate
from harness.mutants.crew import Crew
from harness.targets.wrong import WRONG_SOMBRAS
from tests.mutants.planted import PLANTED

SCRIPT = (sys.executable, str(Path(__file__).with_name("planted.py")))
SOON_S = 60.0


def _conducted(capsys: pytest.CaptureFixture[str], crew: Crew, *names: str) -> tuple[int, dict[str, dict[str, object]]]:
    args = parser().parse_args(["mutants", *names, "--jobs", "2", "--json", "-", "--quiet"])
    code = conduct(args, PLANTED, crew)
    document = json.loads(capsys.readouterr().out)
    return code, {**{each["id"]: each for each in document["mutants"]}, "counts": document["counts"]}


@pytest.mark.gate
def test_a_mutant_that_changes_nothing_survives_and_the_exit_code_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = _conducted(capsys, Crew(SCRIPT, limit_s=SOON_S), "changes-nothing")

    assert code == 1
    assert told["changes-nothing"]["fate"] == "survived"
    assert told["counts"] == {"planned": 1, "executed": 1, "killed": 0}


@pytest.mark.gate
def test_a_mutant_that_crashes_the_harness_is_inconclusive_and_the_exit_code_is_3(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, told = _conducted(capsys, Crew(SCRIPT, limit_s=SOON_S), "crashes")

    assert code == 3
    assert told["crashes"]["fate"] == "inconclusive"
    assert "RuntimeError: planted" in str(told["crashes"]["why"])
    assert told["counts"] == {"planned": 1, "executed": 0, "killed": 0}


@pytest.mark.gate
def test_a_mutant_that_never_ends_is_stopped_and_inconclusive() -> None:
    (trial,) = Crew(SCRIPT, limit_s=3.0).run(("never-ends",))

    assert trial.fate is Fate.INCONCLUSIVE
    assert "did not end within 3 s" in trial.why


def test_a_red_control_makes_everything_inconclusive(capsys: pytest.CaptureFixture[str]) -> None:
    """A worker that knows no control says nothing about it."""
    silent = (sys.executable, "-c", "import sys; sys.exit('no control here')")

    code, told = _conducted(capsys, Crew(silent), "changes-nothing")

    assert code == 3
    assert told["changes-nothing"]["fate"] == "inconclusive"


@pytest.mark.gate
def test_ending_early_ends_what_was_started() -> None:
    crew = Crew(SCRIPT, jobs=2, limit_s=SOON_S)
    running = crew.run((CONTROL.id, "never-ends"))

    first = next(running)
    running.close()

    assert first.fate is Fate.SURVIVED
    assert crew._live == set()


@pytest.mark.gate
def test_the_shipped_worker_kills_a_wrong_sombra() -> None:
    (trial,) = Crew().run(("refuses-by-label",))

    assert trial.fate is Fate.KILLED
    assert trial.killed_by == WRONG_SOMBRAS["refuses-by-label"].checks
