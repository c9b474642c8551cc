"""A fresh served world for each test that changes it, and one for all tests of a module that only look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.harness.serve.served import Served, served


@pytest.fixture
def world() -> Iterator[Served]:
    """Two requests under the before environment."""
    with served() as opened:
        yield opened
