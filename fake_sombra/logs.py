"""What one log line looks like: a JSON object a line, levels as pino names them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TextIO

LEVELS = ("trace", "debug", "info", "warn", "error", "fatal", "silent")


class Log(Protocol):
    """Takes one event; fields are plain JSON values and never secrets."""

    def __call__(self, level: str, event: str, **fields: object) -> None:
        """Write one line, or keep one entry."""
        ...


def is_heard(level: str, *, lowest: str) -> bool:
    """Say whether a line of this level passes a LOG_LEVEL."""
    return LEVELS.index(level) >= LEVELS.index(lowest)


class JsonLines:
    """Writes every event to a stream; a `time` field overrides the clock.

    Which events are worth a line is the boot's decision (LOG_LEVEL); the lines that docs/wire.md promises
    at every level, `ready` and `refused`, are written here without asking.
    """

    def __init__(self, stream: TextIO, *, now: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._now = now

    def __call__(self, level: str, event: str, **fields: object) -> None:
        """Write one line and flush it, so that a reader of a pipe sees it at once."""
        entry = {"time": round(self._now(), 3), "level": level, "event": event, **fields}
        self._stream.write(json.dumps(entry, ensure_ascii=False, default=_type_of) + "\n")
        self._stream.flush()


@dataclass(slots=True)
class Collected:
    """Keeps every event in memory, for processes that are their own reader."""

    entries: list[dict[str, object]] = field(default_factory=list)

    def __call__(self, level: str, event: str, **fields: object) -> None:
        """Keep one entry."""
        self.entries.append({"level": level, "event": event, **fields})

    def of(self, event: str) -> list[dict[str, object]]:
        """Return the entries of one event, oldest first."""
        return [entry for entry in self.entries if entry["event"] == event]


def _type_of(value: object) -> str:
    """Stand in for a value that is not JSON: its type, never its content."""
    return f"<{type(value).__name__}>"
