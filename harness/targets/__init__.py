"""Where a rehearsal runs; the only part of the harness that knows the fake world."""

from __future__ import annotations

from collections.abc import Sequence

from harness.target import Target
from harness.targets.inprocess import InProcess
from harness.targets.process import GATEWAY, Processes

__all__ = ["InProcess", "Processes", "named"]


def named(name: str, *, gateway: Sequence[str] | None = None) -> Target:
    """A target by its name on the command line."""
    return InProcess() if name == "inprocess" else Processes(gateway or GATEWAY)
