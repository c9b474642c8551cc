"""Ctrl-C while Hypothesis works: noted, and obeyed between two steps.

Hypothesis has the garbage collector call it, and what a signal handler raises in there is lost. So the first signal
only leaves a note; a second one does what the program's own handler does.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM)


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
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in _ENDINGS}
        ours = {number: self._after(handler) for number, handler in before.items() if callable(handler)}
        for number, handler in ours.items():
            signal.signal(number, handler)
        try:
            yield
        finally:
            for number, handler in ours.items():
                if signal.getsignal(number) is handler:
                    signal.signal(number, before[number])

    def _after(self, handler: Callable[[int, FrameType | None], object]) -> Callable[[int, FrameType | None], object]:
        def note(number: int, frame: FrameType | None) -> object:
            if self.is_asked:
                return handler(number, frame)
            self.is_asked = True
            return None

        return note
