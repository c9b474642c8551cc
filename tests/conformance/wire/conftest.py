"""The filled worlds of this folder: made once, forked for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.conformance.wire.scene import Phase, Scene, two_eras

Entered = Callable[..., Scene]


@pytest.fixture(scope="session")
def eras() -> Iterator[tuple[Scene, Scene]]:
    """Unwrap failures are 500, as by default."""
    with two_eras() as scenes:
        yield scenes


@pytest.fixture(scope="session")
def eras_4xx() -> Iterator[tuple[Scene, Scene]]:
    """Unwrap failures are 400."""
    with two_eras(FAKE_SOMBRA_UNWRAP_STATUS="4xx") as scenes:
        yield scenes


@pytest.fixture
def fork(eras: tuple[Scene, Scene], eras_4xx: tuple[Scene, Scene]) -> Iterator[Entered]:
    """A copy of the world that a phase begins with; closed at the end of the test."""
    made: list[Scene] = []

    def of(phase: Phase, *, status: str = "5xx") -> Scene:
        old_only, both = eras if status == "5xx" else eras_4xx
        made.append((both if phase in {"after", "rolled back"} else old_only).fork())
        return made[-1]

    yield of
    for scene in made:
        scene.stop()
        scene.world.close()
