"""The fixtures of both doors, and a clock that moves only by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.fake_sombra.kms.fixtures import bench, front, new_bench

__all__ = ["bench", "front", "new_bench"]


@pytest.fixture
def _seconds() -> list[float]:
    return [1_700_000_000.0]


@pytest.fixture
def clock(_seconds: list[float]) -> Callable[[], float]:
    """Seconds since 1970."""
    return lambda: _seconds[0]


@pytest.fixture
def pass_days(_seconds: list[float]) -> Callable[[float], None]:
    """Let days go by."""

    def forward(days: float) -> None:
        _seconds[0] += days * 86_400

    return forward
