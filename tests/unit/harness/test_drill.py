"""A further provider is one adapter and one settings class: scenarios and checks run on it as they are (G-26)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness import drill
from harness.artifacts import Artifact
from harness.catalogue import scenarios
from harness.checks.check import Evidence
from harness.checks.provider_checks import OF_AWS, unchanged
from harness.generated import ARN, before_and_after
from harness.history import History
from harness.judge import table
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.runbook import Runbook
from harness.target import Secrets, WorldPlan
from harness.targets.inprocess import InProcess
from harness.verdict import Result

BEFORE, AFTER = (file.variables for file in before_and_after())
LEFT_OUT = {
    "guide": "runs on the drill by itself",
    "further_provider": "runs on the drill by itself",
    "kms_faults": "injects faults into AWS KMS",
    "signing_keys": "rotates a key of AWS KMS as well",
}


@pytest.fixture
def r() -> Iterator[Rehearsal]:
    """A world whose gateways know the drill's provider, and the environments of a migration to it."""
    secrets = Secrets.fresh()
    whole = InProcess().open(WorldPlan((ARN,), "111122223333", secrets))
    world = whole.drill()
    yield Rehearsal(world, History(), drill.environments(BEFORE, AFTER), secrets, Silent(), requests=16)
    world.close()
    whole.close()


@pytest.mark.gate
@pytest.mark.parametrize("name", sorted(scenarios().keys() - LEFT_OUT.keys()))
def test_a_scenario_and_its_checks_hold_on_the_drill_as_they_are(r: Rehearsal, name: str) -> None:
    scenario = scenarios()[name]
    r.history.append("trunk", "budget", seconds=7200.0)

    scenario(Runbook(r, 7))

    verdicts = {identity: table()[identity].verdict(Evidence(r.history)) for identity in scenario.checks}
    assert drill.PROVIDER in {event["provider"] for event in r.history.of("booted")}
    assert {identity: each.why for identity, each in verdicts.items() if each.result is not Result.PASS} == {}


def test_the_guide_is_judged_on_the_drill_by_all_its_checks_that_are_not_about_aws_itself() -> None:
    known = table()

    judged = {each.id for each in unchanged()}

    assert set(OF_AWS) <= set(known)
    assert {"cloud-refuses-local", "rollback-restores", "old-tokens-verify", "in-flight-cannot-proceed"} <= judged
    assert len(judged) > 20


def test_gateways_refuse_the_drill_until_it_is_admitted_and_any_other_name_ever_after(r: Rehearsal) -> None:
    whole = InProcess().open(WorldPlan((), "111122223333", r.secrets))
    plain = Rehearsal(whole, History(), r.environments, r.secrets, Silent())

    assert not plain.start("after")
    assert "KMS_PROVIDER: names no provider" in plain.history.of("booted")[0]["problems"][0]
    assert r.start("after")
    assert not r.start("after", changed={"KMS_PROVIDER": "GCP"})
    whole.close()


def test_a_missing_key_of_the_provider_is_refused_with_everything_else(r: Rehearsal) -> None:
    assert not r.start("after", changed={drill.KEY_VARIABLE: " ", "ORGANIZATION_URI": None})

    problems = r.history.of("booted")[0]["problems"]
    assert [problem.split(":")[0] for problem in problems] == [drill.KEY_VARIABLE, "ORGANIZATION_URI"]


def test_a_copy_of_a_world_that_knows_the_drill_knows_it_too(r: Rehearsal) -> None:
    with r.fork("apart", "A copy") as f:
        f.must_start("after")

    assert r.history.of("fork-ended")[0]["outcome"] == "ok"


def test_the_drill_starts_from_an_empty_world(r: Rehearsal) -> None:
    r.ledger.add(Artifact("session/s0", "session", "before-1"))

    with pytest.raises(ValueError, match="keys of its own"), r.drill("further", "Too late"):
        pass


def test_without_a_drill_the_check_knows_nothing() -> None:
    assert table()["further-provider-generalises"].verdict(Evidence(History())).result is Result.UNKNOWN
