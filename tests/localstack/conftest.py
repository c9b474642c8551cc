"""One LocalStack in host mode for all tests of a process; it is installed once for all, behind a file lock."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from harness.targets.localstack import LocalStack, Unavailable, neighbour


@pytest.fixture(scope="session")
def localstack() -> Iterator[LocalStack]:
    """Installed on first use (half a minute), then started in about a second; skipped where it cannot be had."""
    environ = {name: value for name, value in os.environ.items() if name != "LOCALSTACK_HOST"}
    try:
        started = neighbour(environ)
        found = started.__enter__()
    except Unavailable as error:
        pytest.skip(f"no LocalStack here: {error}")
    try:
        yield found
    finally:
        started.__exit__(None, None, None)
