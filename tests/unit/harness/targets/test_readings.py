"""An environment is read once; what is read does not depend on who asked first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused
from harness.explore.environments import common, variables_of
from harness.explore.situation import Configuration
from harness.generated import before_and_after
from harness.targets.drill import DRILL
from harness.targets.readings import Readings

_LOCAL = {**common(), **variables_of(Configuration())}
_AWS = dict(before_and_after()[1].variables)


@pytest.mark.parametrize("variables", [_LOCAL, _AWS], ids=["local", "AWS"])
def test_a_reading_is_of_its_variables_alone(variables: dict[str, str]) -> None:
    readings = Readings()

    one, two = (readings.of({**variables, "FAKE_SOMBRA_INSTANCE": name}) for name in ("one", "two"))

    assert one.key_sets is two.key_sets
    for name, reading in (("one", one), ("two", two)):
        fresh = settings.load({**variables, "FAKE_SOMBRA_INSTANCE": name})
        assert replace(reading, key_sets=fresh.key_sets) == fresh


def test_another_value_is_another_reading() -> None:
    readings = Readings()
    readings.of(_LOCAL)

    assert readings.of({**_LOCAL, "LOG_LEVEL": "warn"}).log_level == "warn"


def test_refusals_are_told_again_and_a_further_provider_is_read_apart() -> None:
    readings = Readings()
    (name,) = DRILL
    drill = {**_LOCAL, "KMS_PROVIDER": name}

    for _ in range(2):
        with pytest.raises(ConfigurationRefused) as refused:
            readings.of(drill)
        assert "KMS_PROVIDER" in str(refused.value.problems[0])
    with pytest.raises(ConfigurationRefused) as further:
        readings.of(drill, further=DRILL)
    assert "KMS_PROVIDER" not in str(further.value.problems[0])
