"""What a platform team's own tests get: a fresh world as fixtures, and scenarios collected as tests.

Each test has a world of its own, so the plugin is safe under xdist and in any order.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.rehearsal.rehearsal import Rehearsal
    from harness.rehearsal.wire import Cloud, Customer
    from harness.runbook import Scenario

_FOLDER = "scenarios"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Target and seed."""
    group = parser.getgroup("sombra-rehearsal")
    group.addoption("--sombra-target", choices=("inprocess", "process"), default="inprocess", help="where worlds live")
    group.addoption("--sombra-kms", choices=("moto",), default="moto", help="what stands behind the KMS front")
    group.addoption("--sombra-seed", type=int, default=7, help="seed of names, statuses and contents")
    group.addoption("--explore-seeds", type=int, default=1, help="explorations, one a seed, for xdist to spread")
    group.addoption("--explore-examples", type=int, default=100, help="walks of each")
    group.addoption("--explore-steps", type=int, default=50, help="steps of a walk")
    group.addoption("--explore-database", help="folder or redis:// URL where failing walks are shared")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Modules of a folder called `scenarios` hold scenarios."""
    if file_path.suffix == ".py" and file_path.parent.name == _FOLDER and not file_path.name.startswith("_"):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """One module of scenarios."""

    def collect(self) -> Iterator[pytest.Item]:
        """Every scenario that the module defines."""
        from harness.catalogue import scenarios_in  # noqa: PLC0415  pytest runs without scenarios must stay fast

        for scenario in scenarios_in(self.path):
            yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario)


class ScenarioItem(pytest.Item):
    """One scenario, run and judged."""

    def __init__(self, *, scenario: Scenario, **arguments: object) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]  # pytest's own construction protocol
        self.scenario = scenario

    def runtest(self) -> None:
        """Rehearse with generated environments; fail unless the verdict is go."""
        from harness.environment import default_rollback  # noqa: PLC0415  as above
        from harness.generated import before_and_after  # noqa: PLC0415
        from harness.progress import Silent  # noqa: PLC0415
        from harness.runner import Plan, rehearse  # noqa: PLC0415
        from harness.targets import named  # noqa: PLC0415

        before, after = before_and_after()
        plan = Plan(before, after, default_rollback(after), seed=self.config.getoption("--sombra-seed"))
        target = named(self.config.getoption("--sombra-target"))
        run = rehearse(self.scenario, plan, target=target, progress=Silent(), journal=io.StringIO()).run
        if run.verdict.exit_code != 0:
            bad = [f"{check.id}: {check.result}: {check.why}" for check in run.checks if check.result != "pass"]
            pytest.fail(f"{run.verdict}: {run.reason}\n" + "\n".join(bad), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands."""
        return self.path, None, f"scenario {self.name}"


@pytest.fixture
def rehearsal(request: pytest.FixtureRequest) -> Iterator[Rehearsal]:
    """A fresh world with the guide's environments; no gateway lives in it yet."""
    from harness.environment import default_rollback  # noqa: PLC0415  as above
    from harness.generated import ARN, before_and_after  # noqa: PLC0415
    from harness.history import History  # noqa: PLC0415
    from harness.progress import Silent  # noqa: PLC0415
    from harness.rehearsal.rehearsal import Rehearsal  # noqa: PLC0415
    from harness.runner import DEFAULT_ACCOUNT  # noqa: PLC0415
    from harness.target import Secrets, WorldPlan  # noqa: PLC0415
    from harness.targets import named  # noqa: PLC0415

    before, after = before_and_after()
    environments = {
        "before": before.variables,
        "after": after.variables,
        "rollback": default_rollback(after).variables,
    }
    secrets = Secrets.fresh()
    world = named(request.config.getoption("--sombra-target")).open(WorldPlan((ARN,), DEFAULT_ACCOUNT, secrets))
    try:
        yield Rehearsal(world, History(), environments, secrets, Silent(), requests=16)
    finally:
        world.close()


@pytest.fixture
def sombra(rehearsal: Rehearsal) -> Customer:
    """Spells calls to a gateway that was started under the `before` environment."""
    rehearsal.must_start("before")
    return rehearsal.customer


@pytest.fixture
def transcend(rehearsal: Rehearsal) -> Cloud:
    """Spells calls to the stand-in for Transcend's cloud."""
    return rehearsal.cloud


@pytest.fixture
def kms(rehearsal: Rehearsal) -> Rehearsal:
    """The rehearsal whose `deny`, `allow`, `set_key_state` and `read_journal` steer its KMS."""
    return rehearsal
