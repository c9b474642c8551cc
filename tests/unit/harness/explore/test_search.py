"""Exploration itself: clean on Sombra as it is, deterministic, and dangerous to a Sombra that is wrong."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import count, pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase

from harness.explore import search
from harness.explore.coverage import Coverage
from harness.explore.machine import SIGNING_GAP
from harness.explore.report import as_json, as_text, kept_files, verdict_of
from harness.explore.search import Budget, Explored, explore, replay
from harness.explore.session import Session
from harness.explore.transcript import parse
from harness.history import History
from harness.history_normal import normal_form
from harness.progress import Silent
from harness.targets.wrong import WRONG_SOMBRAS
from harness.verdict import Outcome
from tests.unit.harness.explore.walks import a_session

CI = Budget(examples=20, steps=30, seed=7)
"""What every run of the tests explores: some 600 steps."""

PLANTED = ("keeps-local-keyring", "opens-under-first-entry-only", "sessions-of-one-boot")


def _explored(budget: Budget, *, mutant: str = "") -> tuple[Explored, list[History]]:
    kept: list[History] = []
    with a_session() as session:
        session.keep = kept.append
        if not mutant:
            return explore(session, budget, progress=Silent()), kept
        with WRONG_SOMBRAS[mutant].alive():
            return explore(session, budget, progress=Silent()), kept


def test_sombra_is_what_the_model_says_in_a_small_exploration() -> None:
    explored, _ = _explored(CI)

    assert explored.failure is None, as_text(explored, target="inprocess", kept="")
    session = explored.session
    assert session.walks >= CI.examples
    assert session.steps["local"] > 100
    assert session.steps["AWS"] > 100
    assert session.compared > sum(session.steps.values())
    assert len(session.coverage.reached) > 60


def test_one_seed_walks_the_same_twice_and_another_otherwise() -> None:
    """Byte for byte in normal form, with other keys, ids and ports, and with the digest that is printed."""
    budget = Budget(examples=4, steps=15, seed=11)

    one, again, other = (_explored(each) for each in (budget, budget, Budget(4, 15, 12)))

    histories = ["".join(map(normal_form, kept)) for _, kept in (one, again, other)]
    assert histories[0] == histories[1]
    assert len(histories[0]) > 10_000
    assert one[0].session.digest == again[0].session.digest
    assert histories[0] != histories[2]
    assert one[0].session.digest != other[0].session.digest


@pytest.mark.gate
def test_one_seed_walks_the_same_in_another_process_whatever_is_loaded_there() -> None:
    budget = Budget(examples=4, steps=15, seed=5)
    here = _explored(budget)[0].session.digest
    script = (
        "from harness.explore.search import Budget, explore; from harness.progress import Silent\n"
        "from tests.unit.harness.explore.walks import a_session\n"
        "with a_session() as session: explore(session, Budget(4, 15, 5), progress=Silent())\n"
        "print(session.digest)"
    )

    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path.cwd())

    assert ended.stdout.strip() == here


@pytest.mark.gate
@pytest.mark.parametrize("mutant", PLANTED)
def test_a_wrong_sombra_is_found_shrunk_and_walked_again(mutant: str) -> None:
    explored, _ = _explored(CI, mutant=mutant)

    failure = explored.failure
    assert failure is not None
    assert failure.is_steady
    assert len(failure.trace) <= 5
    assert verdict_of(explored)[0] is Outcome.NO_GO
    with a_session() as session, WRONG_SOMBRAS[mutant].alive():
        again = replay(session, failure.trace)
    with a_session() as session:
        mended = replay(session, failure.trace)
    assert again is not None
    assert again.differences == failure.differences
    assert mended is None


def test_what_is_found_is_kept_as_a_scenario_file_and_told_with_its_command() -> None:
    explored, _ = _explored(CI, mutant="opens-under-first-entry-only")
    assert explored.failure is not None

    files = kept_files(explored, kept="runs/found/scenario.txt", target="inprocess")
    text = as_text(explored, target="inprocess", kept="runs/found/scenario.txt")
    document = as_json(explored, target="inprocess", kept="runs/found/scenario.txt")

    assert parse(files["scenario.txt"].splitlines(), where="there") == explored.failure.trace
    assert History.from_lines(files["history.jsonl"].splitlines()).of("acted")
    command = "sombra-rehearsal rehearse runs/found/scenario.txt --target inprocess"
    assert command in text
    assert text.startswith("NO-GO: ")
    assert document["failure"]["command"] == command
    assert document["verdict"] == "no-go"


def test_a_run_that_has_not_reached_every_goal_has_shown_nothing_and_names_them() -> None:
    explored, _ = _explored(Budget(examples=1, steps=1, seed=7))

    outcome, reason = verdict_of(explored)
    text = as_text(explored, target="inprocess", kept="")

    assert outcome is Outcome.INCONCLUSIVE
    assert "goals were not reached" in reason
    assert "   not reached  cause: wrong_provider" in text


def test_a_run_without_a_step_is_inconclusive() -> None:
    with a_session() as session:
        assert verdict_of(Explored(CI, session)) == (Outcome.INCONCLUSIVE, "no step was taken")


def test_every_goal_reached_and_no_difference_is_a_go() -> None:
    with a_session() as session:
        explored = explore(session, Budget(2, 5, 7), progress=Silent())
        for goal in session.coverage.missing:
            session.coverage.reached[goal] = 1

    assert verdict_of(explored)[0] is Outcome.GO


@pytest.mark.gate
def test_an_interruption_keeps_what_was_found_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while Hypothesis shrinks: the shortest walk until then is told, though nothing shrinks it further."""
    differed = Session.differed

    def impatient(self: Session, found: object) -> None:
        differed(self, found)  # type: ignore[arg-type]  # handed on as it came
        if self.walks > 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(Session, "differed", impatient)

    explored, _ = _explored(CI, mutant="keeps-local-keyring")

    assert explored.was_interrupted
    assert explored.failure is not None
    assert verdict_of(explored)[0] is Outcome.NO_GO


def test_an_interruption_without_a_find_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(self: Session, walk: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "stepped", impatient)

    explored, _ = _explored(CI)

    assert explored.was_interrupted
    assert verdict_of(explored)[0] is Outcome.INCONCLUSIVE


@pytest.mark.gate
def test_a_find_is_remembered_in_a_shared_database_and_walked_first(tmp_path: Path) -> None:
    database = DirectoryBasedExampleDatabase(tmp_path)
    with a_session() as session, WRONG_SOMBRAS["keeps-local-keyring"].alive():
        explore(session, CI, progress=Silent(), database=database, shrinks=False)

    with a_session() as session, WRONG_SOMBRAS["keeps-local-keyring"].alive():
        again = explore(session, Budget(1, 30, 99), progress=Silent(), database=database, shrinks=False)

    assert again.failure is not None
    assert again.session.walks < CI.examples
    assert again.failure.trace[-1].verb in {"cut-over", "roll-forward", "restart", "start"}


def test_minutes_end_a_run_between_two_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which every look takes a minute: one round, then the end."""
    monkeypatch.setattr(search, "time", SimpleNamespace(monotonic=count(step=60).__next__))
    monkeypatch.setattr(search, "ROUND", 2)
    with a_session() as session:
        explored = explore(session, Budget(10_000_000, 2, 7, minutes=1.5), progress=Silent())

    assert explored.session.walks in {2, 3}


def test_webhooks_are_signed_in_every_fourth_step_at_the_most() -> None:
    _, histories = _explored(Budget(examples=6, steps=40, seed=3))

    for history in histories:
        steps = [event["action"].split()[0] for event in history.of("acting")]
        places = [place for place, verb in enumerate(steps) if verb == "webhook"]
        assert all(after - before >= SIGNING_GAP for before, after in pairwise(places))


def test_a_goal_counts_only_if_it_is_declared() -> None:
    coverage = Coverage()

    coverage._note(("seen", "file", "A", "local", "readable"))

    assert not coverage.reached


@pytest.mark.gate
def test_workers_of_xdist_may_explore_at_once(tmp_path: Path) -> None:
    """Nothing is shared but what is asked for: two processes with one database and one folder."""
    script = (
        "import sys; from harness.cli import main\n"
        "sys.exit(main(['explore', '--examples', '2', '--steps', '4', '--seed', sys.argv[1], '--quiet',\n"
        f"  '--database', {str(tmp_path / 'database')!r}, '--out', {str(tmp_path / 'runs')!r}]))"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    running = [subprocess.Popen([sys.executable, "-c", script, str(seed)], env=environ) for seed in (1, 2)]

    assert [each.wait(60) for each in running] == [3, 3]
    assert len(list((tmp_path / "runs").rglob("explore.json"))) == 2


def test_the_digest_is_of_everything_that_was_done_and_seen() -> None:
    with a_session() as session:
        explored = explore(session, Budget(1, 3, 7), progress=Silent())

    assert explored.session.digest != hashlib.sha256().hexdigest()
