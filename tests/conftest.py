"""The network guard: no test reaches a host that is not this machine's loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.network_guard import loopback_only


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """For the whole run; subprocesses have guards of their own: they are started with loopback addresses."""
    with loopback_only():
        yield
