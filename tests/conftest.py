"""What holds for every test: it reaches no host but this machine's loopback, and no example has a deadline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.network_guard import loopback_only

# How fast an example runs is the machine's affair; on CI Hypothesis' own profile of that name draws the same ones.
settings.register_profile("no-deadline", settings(), deadline=None)
settings.load_profile("no-deadline")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """For the whole run; subprocesses have guards of their own: they are started with loopback addresses."""
    with loopback_only():
        yield
