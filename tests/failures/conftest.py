"""One theatre for all failure modes of a worker, and each mode tried in it at most once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.catalogue import failure_modes
from harness.failures import Theatre, Trial, try_out
from harness.targets.inprocess import InProcess


@pytest.fixture(scope="session")
def theatre() -> Iterator[Theatre]:
    with Theatre.open(InProcess()) as opened:
        yield opened


@pytest.fixture(scope="session")
def trial_of(theatre: Theatre) -> Callable[[str], Trial]:
    """What became of a mode; nobody changes it."""
    done: dict[str, Trial] = {}

    def trial(identity: str) -> Trial:
        if identity not in done:
            done[identity] = try_out(failure_modes()[identity], theatre)
        return done[identity]

    return trial
