"""Both doors as fixtures, for this folder and for the conformance rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.unit.fake_sombra.kms.bench import Bench, MakeClient, http_door, in_process


@pytest.fixture(scope="session")
def front() -> Iterator[MakeClient]:
    """One served front for all tests of a process."""
    with http_door() as door:
        yield door


@pytest.fixture(params=["botocore", "http"])
def new_bench(request: pytest.FixtureRequest) -> Iterator[Callable[[], Bench]]:
    """Makes benches behind each door in turn; the newest bench is the one that HTTP reaches."""
    made: list[Bench] = []
    make: MakeClient = in_process if request.param == "botocore" else request.getfixturevalue("front")

    def new() -> Bench:
        made.append(Bench(make))
        return made[-1]

    yield new
    for bench in made:
        bench.close()


@pytest.fixture
def bench(new_bench: Callable[[], Bench]) -> Bench:
    """A fresh KMS behind each door in turn."""
    return new_bench()
