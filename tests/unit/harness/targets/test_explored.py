"""Worlds by the thousand: each fresh, readings shared, calls carried straight, gateways killed without a word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused
from harness.artifacts import Artifact
from harness.explore.environments import ACCOUNT, ARNS, common, variables_of
from harness.explore.situation import Configuration
from harness.target import CONNECTION_REFUSED, Call, Secrets, WorldPlan
from harness.targets import exploring
from harness.targets.explored import Explored, ExploredWorld, Readings

_PLAN = WorldPlan((ARNS["x"],), ACCOUNT, Secrets.fresh())
_HEALTH = Call("GET", "customer", "/health")


@pytest.fixture
def worlds() -> Iterator[Explored]:
    made = Explored(common()["ORGANIZATION_URI"])
    yield made
    made.close()


def _environ(world: ExploredWorld) -> dict[str, str]:
    return {**common(), **variables_of(Configuration()), **world.overlay()}


def test_each_world_is_empty_whatever_happened_in_the_one_before(worlds: Explored) -> None:
    one = worlds.open(_PLAN)
    one.start(_environ(one), instance="one")
    one.kms.deny("kms:Decrypt")
    one.close()

    other = worlds.open(_PLAN)

    assert other.exchange([_HEALTH])[0].cause == CONNECTION_REFUSED
    assert other.kms.snapshot()["denied"] == []
    assert other.statuses() == {}
    other.close()


def test_a_started_gateway_answers_and_a_killed_one_does_not(worlds: Explored) -> None:
    world = worlds.open(_PLAN)
    assert world.start(_environ(world), instance="one").accepted
    assert world.exchange([_HEALTH])[0].ok

    world.kill("one")

    assert world.exchange([_HEALTH])[0].cause == CONNECTION_REFUSED
    assert world.attempt([Artifact("file/1", "file", "one")])[0].cause == CONNECTION_REFUSED
    assert world.start(_environ(world), instance="two").accepted
    world.close()


def test_a_reading_is_of_its_variables_alone_and_refusals_are_read_again() -> None:
    readings = Readings()
    variables = {**common(), **variables_of(Configuration())}

    one, two = (readings.of({**variables, "FAKE_SOMBRA_INSTANCE": name}) for name in ("one", "two"))

    assert (one.instance, two.instance) == ("one", "two")
    assert one.key_sets is two.key_sets
    assert one == settings.load({**variables, "FAKE_SOMBRA_INSTANCE": "one"})
    for _ in range(2):
        with pytest.raises(ConfigurationRefused):
            readings.of({**variables, "KMS_PROVIDER": "hybrid"})


def test_an_attempt_that_crashes_is_told_as_the_gateway_tells_it(worlds: Explored) -> None:
    world = worlds.open(_PLAN)
    world.start(_environ(world), instance="one")

    seen = world.attempt([Artifact("file/1", "file", "one", handle={"id": "nobody", "fileName": "none"})])

    assert [(each.readable, each.cause) for each in seen] == [(False, "internal")]
    world.close()


def test_exploring_names_a_target_for_either_kind_of_world() -> None:
    with exploring("inprocess", audience="a") as here, exploring("process", audience="a") as processes:
        assert (here.name, processes.name) == ("inprocess", "process")
