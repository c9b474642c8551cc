"""What a person sees while a rehearsal runs: a live line in a terminal, plain lines elsewhere, nothing when quiet.

It goes to standard error, so that standard output holds the report and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from harness.report.characters import one_line
from harness.report.page import is_terminal
from harness.report.view import duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


class Progress(Protocol):
    """Told of steps and forks as they begin, and of the end; as a context it always takes its live line away."""

    def step(self, title: str) -> None:
        """A step of the guide begins."""

    def fork(self, name: str) -> None:
        """A fork of the world begins."""

    def note(self, text: str) -> None:
        """Something worth a line."""

    def done(self, verdict: str = "") -> None:
        """The run has ended, with a verdict or without one."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *raised: object) -> None: ...


class Silent:
    """Says nothing."""

    def step(self, title: str) -> None:
        """Say nothing."""

    def fork(self, name: str) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def done(self, verdict: str = "") -> None:
        """Say nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        return


@dataclass(slots=True)
class Plain:
    """One line a step; forks would drown the steps in a log, so they are counted."""

    stream: TextIO
    clock: Callable[[], float] = time.monotonic
    _counts: _Counts = field(init=False)

    def __post_init__(self) -> None:
        self._counts = _Counts(self.clock)

    def step(self, title: str) -> None:
        """Write the step's number and title."""
        self.note(f"step {self._counts.step()}: {one_line(title)}")

    def fork(self, name: str) -> None:
        """Count it."""
        self._counts.fork()

    def note(self, text: str) -> None:
        """Write the text on one line; a rehearsal does not end because nobody can be told of it."""
        with suppress(OSError):
            self.stream.write(f"{one_line(text)}\n")
            self.stream.flush()

    def done(self, verdict: str = "") -> None:
        """Write the counts, the time and the verdict."""
        self.note(self._counts.told(verdict))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        return


@dataclass(slots=True)
class Live:
    """A line that moves, with the current step or fork and the counts; it leaves only its sum behind."""

    console: Console
    clock: Callable[[], float] = time.monotonic
    _counts: _Counts = field(init=False)
    _status: Status = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._counts = _Counts(self.clock)
        self._status = self.console.status("")

    def step(self, title: str) -> None:
        """Show the step."""
        self._counts.step()
        self._show(title)

    def fork(self, name: str) -> None:
        """Show the fork."""
        self._counts.fork()
        self._show(f"fork {name}")

    def note(self, text: str) -> None:
        """Write a line above the moving one."""
        self.console.print(one_line(text), markup=False, highlight=False, emoji=False)

    def done(self, verdict: str = "") -> None:
        """Take the moving line away and write the counts, the time and the verdict."""
        self._status.stop()
        self.note(self._counts.told(verdict))

    def _show(self, text: str) -> None:
        from rich.text import Text  # noqa: PLC0415 - only a terminal pays for rich

        counts = (f"  {self._counts.told()}", "dim")
        self._status.update(Text.assemble(one_line(text), counts, no_wrap=True, overflow="ellipsis"))
        self._status.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._status.stop()


def progress_for(stream: TextIO, *, quiet: bool, environ: Mapping[str, str], no_color: bool = False) -> Progress:
    """The progress that fits a stream: live in a terminal, plain lines elsewhere and in CI, silent when quiet."""
    if quiet:
        return Silent()
    if not is_terminal(stream, environ):
        return Plain(stream)
    from rich.console import Console  # noqa: PLC0415 - only a terminal pays for rich

    return Live(Console(file=stream, force_terminal=True, no_color=no_color or bool(environ.get("NO_COLOR"))))


@dataclass(slots=True)
class _Counts:
    """Steps and forks so far; forks may be told from several threads."""

    clock: Callable[[], float]
    steps: int = 0
    forks: int = 0
    began: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def step(self) -> int:
        with self._lock:
            self.steps += 1
            return self.steps

    def fork(self) -> None:
        with self._lock:
            self.forks += 1

    def told(self, verdict: str = "") -> str:
        words = [_many(self.steps, "step"), _many(self.forks, "fork"), duration(self.clock() - self.began)]
        counts = ", ".join(word for word in words if word)
        return f"{counts}: {verdict}" if verdict else counts


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
