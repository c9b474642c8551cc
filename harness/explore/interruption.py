"""Ctrl-C while Hypothesis works: noted, and obeyed between two steps.

Hypothesis has the garbage collector call it, and what a signal handler raises in there is lost. So the first
signal only leaves a note; a second one does what the program's own handler does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from harness.signals import Handler, handled_by


@dataclass(slots=True)
class Interruption:
    """Whether somebody has asked for the end."""

    is_asked: bool = False

    def obey(self) -> None:
        """Raise KeyboardInterrupt if so."""
        if self.is_asked:
            raise KeyboardInterrupt

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note signals for as long as the block; one that is ignored stays so, and only the main thread hears any."""
        with handled_by(self._after):
            yield

    def _after(self, handler: Handler) -> Handler:
        def note(number: int, frame: FrameType | None) -> object:
            if self.is_asked:
                return handler(number, frame)
            self.is_asked = True
            return None

        return note
