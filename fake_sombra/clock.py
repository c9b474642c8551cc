"""The time this gateway lives in: real time plus an offset that a rehearsal may move."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """Seconds since 1970, moved forward at will; a restarted gateway is handed the same offset."""

    offset_s: float = 0.0
    source: Callable[[], float] = time.time

    def now(self) -> float:
        """Seconds since the epoch, as every token and log line of this process sees them."""
        return self.source() + self.offset_s

    def advance(self, seconds: float) -> None:
        """Move time forward; it never runs backwards."""
        if seconds < 0:
            raise ValueError("a clock is only advanced")
        self.offset_s += seconds
