"""Each wrong Sombra is killed by the checks it names, no more and no fewer; Sombra as it is, by none."""

from __future__ import annotations

import pytest

from harness.catalogue import scenarios
from harness.judge import table
from harness.mutants import CONTROL, Fate, try_out
from harness.mutants.worker import target_of
from harness.runbook import Scenario
from harness.targets.inprocess import InProcess
from harness.targets.wrong import WRONG_SOMBRAS
from tests.mutants.grounds import PARTS, ground_of


@pytest.mark.gate
@pytest.mark.parametrize("name", WRONG_SOMBRAS)
def test_a_wrong_sombra_is_killed_by_every_check_it_names(name: str) -> None:
    mutant = WRONG_SOMBRAS[name]

    trial = try_out(mutant, ground_of(mutant), target=target_of(mutant))

    assert trial.fate is Fate.KILLED, trial.why
    assert set(trial.killed_by) == set(mutant.checks)


@pytest.mark.gate
@pytest.mark.parametrize("scenario", [*PARTS, scenarios()["guide"]], ids=lambda each: each.name)
def test_sombra_as_it_is_is_a_go(scenario: Scenario) -> None:
    trial = try_out(CONTROL, scenario, target=InProcess())

    assert trial.fate is Fate.SURVIVED, trial.why
    assert trial.failed == ()


def test_each_check_kills_a_wrong_sombra() -> None:
    """That each mutant is really killed by what it names, the tests above prove."""
    named = {check for mutant in WRONG_SOMBRAS.values() for check in mutant.checks}

    assert named == set(table())


def test_each_claim_a_mutant_breaks_is_cited_by_each_of_its_checks() -> None:
    idle = {
        mutant.id: check
        for mutant in WRONG_SOMBRAS.values()
        for check in mutant.checks
        if not set(table()[check].claims) & set(mutant.claims)
    }

    assert idle == {}


def test_each_claim_a_mutant_breaks_is_judged_by_one_of_its_checks() -> None:
    idle = {
        mutant.id: claim
        for mutant in WRONG_SOMBRAS.values()
        for claim in mutant.claims
        if not any(claim in table()[check].claims for check in mutant.checks)
    }

    assert idle == {}
