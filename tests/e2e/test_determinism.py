"""The same seed makes the same history, but for what chance decides; a changed world makes another."""

from __future__ import annotations

import pytest

from harness.catalogue import scenarios
from harness.environment import EnvFile, default_rollback
from harness.generated import before_and_after, with_fresh_keys
from harness.history import TRUNK, History
from harness.history_normal import normal_form
from harness.progress import Silent
from harness.rehearsal.seed import Seeder
from harness.runbook import Runbook, Scenario
from harness.runner import Plan, rehearse
from harness.target import control
from harness.targets import named


def _history(scenario: Scenario, *, seed: int = 7, files: tuple[EnvFile, ...] = ()) -> History:
    before, after = files or before_and_after()
    plan = Plan(before, after, default_rollback(after), seed=seed, requests=16)
    return rehearse(scenario, plan, target=named("inprocess"), progress=Silent()).history


@pytest.mark.parametrize("name", ["rollback_at_every_step", pytest.param("guide", marks=pytest.mark.gate)])
def test_a_scenario_runs_the_same_twice_with_one_seed(name: str) -> None:
    scenario = scenarios()[name]
    one, again = _history(scenario), _history(scenario, files=with_fresh_keys(*before_and_after()))

    keys = [history.of("booted", world=TRUNK)[0]["keys"] for history in (one, again)]
    assert keys[0] != keys[1]
    assert normal_form(one) == normal_form(again)


def test_another_seed_shows() -> None:
    drain = scenarios()["drain"]

    assert normal_form(_history(drain)) != normal_form(_history(drain, seed=8))


def test_a_world_that_answers_once_otherwise_shows() -> None:
    pause = scenarios()["pause_restart"]

    def denied(run: Runbook) -> None:
        run.rehearsal.exchange([control("kms-control", "POST", "/deny", {"action": "kms:Encrypt"})])
        pause(run)

    changed = Scenario(pause.name, pause.title, denied, pause.checks)

    assert normal_form(_history(pause)) != normal_form(_history(changed))


@pytest.mark.parametrize(("seed", "is_same"), [(7, True), (8, False)])
def test_the_seed_decides_the_contents_of_files(seed: int, *, is_same: bool) -> None:
    digests: list[list[str]] = []

    def fill(run: Runbook) -> None:
        run.rehearsal.must_start("before")
        Seeder(run.rehearsal, run.seed).requests(("COMPILING", "APPROVING"))
        digests.append([file.digest for file in run.rehearsal.ledger.of("file")])

    scenario = Scenario("fill", "Two requests with files", fill, ("happy-state",))
    _history(scenario)
    _history(scenario, seed=seed)

    assert len(digests[0]) == 4
    assert (digests[0] == digests[1]) is is_same
