"""What a run says while it goes on, always on standard error: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from rich.console import Console
from rich.status import Status

from harness.report.page import is_terminal


class Progress(Protocol):
    """Told of steps and forks as they begin, and of the end."""

    def step(self, title: str) -> None:
        """A step of the guide begins."""
        ...

    def fork(self, name: str) -> None:
        """A fork begins."""
        ...

    def done(self) -> None:
        """The run has ended, however it did."""
        ...


class Silent:
    """Says nothing."""

    def step(self, title: str) -> None:
        """Say nothing."""

    def fork(self, name: str) -> None:
        """Say nothing."""

    def done(self) -> None:
        """Say nothing."""


@dataclass(slots=True)
class Plain:
    """One line a step; forks are told inside the report."""

    stream: TextIO

    def step(self, title: str) -> None:
        """Write the step's title."""
        self.stream.write(f"· {title}\n")
        self.stream.flush()

    def fork(self, name: str) -> None:
        """Forks would drown the steps in a log."""

    def done(self) -> None:
        """Nothing is left open."""


@dataclass(slots=True)
class Live:
    """A line that moves."""

    console: Console
    _status: Status = field(init=False)
    _step: str = ""
    _forks: int = 0

    def __post_init__(self) -> None:
        self._status = self.console.status("…")
        self._status.start()

    def step(self, title: str) -> None:
        """Show the step."""
        self._step = title
        self._status.update(title)

    def fork(self, name: str) -> None:
        """Show the fork behind its step."""
        self._forks += 1
        self._status.update(f"{self._step} · fork {self._forks}: {name}")

    def done(self) -> None:
        """Take the line away."""
        self._status.stop()


def progress_for(stream: TextIO, *, quiet: bool, environ: Mapping[str, str]) -> Progress:
    """The progress that fits a stream."""
    if quiet:
        return Silent()
    return Live(Console(file=stream)) if is_terminal(stream, environ) else Plain(stream)
