"""Explorations as tests, one a seed, so that xdist spreads them: `pytest --pyargs harness.explore.test_walks -n 8`.

How many, how long and with which database is for `--explore-seeds`, `--explore-examples`, `--explore-steps` and
`--explore-database` to say. Goals are not judged here: each is one part of a whole.
"""

from __future__ import annotations

import pytest

from harness.explore.database import BadDatabase, database_at
from harness.explore.environments import common
from harness.explore.report import as_text, kept_files
from harness.explore.search import Budget, explore
from harness.explore.session import Session
from harness.progress import Silent
from harness.targets import exploring


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a seed, counted from `--sombra-seed`."""
    config = metafunc.config
    first, many = config.getoption("--sombra-seed"), config.getoption("--explore-seeds")
    if many < 1:
        raise pytest.UsageError("--explore-seeds must be 1 or more: without a seed nothing is explored")
    metafunc.parametrize("seed", range(first, first + many))


def test_sombra_is_what_the_model_says(seed: int, pytestconfig: pytest.Config) -> None:
    """No walk shows a difference; one that does is told as a scenario file."""
    option = pytestconfig.getoption
    budget = Budget(option("--explore-examples"), option("--explore-steps"), seed)
    if budget.examples < 1 or budget.steps < 1:
        raise pytest.UsageError("--explore-examples and --explore-steps must be 1 or more")
    place, target = option("--explore-database"), option("--sombra-target")
    try:
        database = database_at(place) if place else None
    except BadDatabase as error:
        raise pytest.UsageError(f"--explore-database: {error}") from error
    with exploring(target, audience=common()["ORGANIZATION_URI"]) as worlds:
        explored = explore(Session(worlds), budget, progress=Silent(), database=database, shrinks=target == "inprocess")
    if explored.failure is not None:
        kept = f"explored-{seed}.txt"
        scenario = kept_files(explored, kept=kept, target=target)["scenario.txt"]
        pytest.fail(f"{as_text(explored, target=target, kept=kept)}\n{kept}:\n{scenario}", pytrace=False)
