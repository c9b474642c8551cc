"""What happened lately, for a person to read: what was done here, and what the gateways said."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from harness.report.characters import one_line

_KEPT = 500
_LONGEST = 400
_SHOWN = ("instance", "code", "status", "route", "variable")
_ONE_CALL = ("call_id", "request_id", "time")  # what tells one call from the next of its kind


@dataclass(frozen=True, slots=True)
class Line:
    """One line: who said it, how grave it is, and how many times in a row it was said."""

    n: int
    at: float
    who: str
    level: str
    text: str
    times: int = 1

    def to_json(self) -> dict[str, object]:
        """As the page's script reads it."""
        return {
            "n": self.n,
            "at": self.clock,
            "who": self.who,
            "level": self.level,
            "text": self.text,
            "times": self.times,
        }

    @property
    def clock(self) -> str:
        """The time of day, in UTC."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%H:%M:%S")


@dataclass(slots=True)
class Feed:
    """The last few hundred lines; `read_logs` hands out every record of every gateway so far."""

    read_logs: Callable[[], Sequence[Mapping[str, Any]]]
    is_closed: bool = False
    _lines: deque[Line] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _told: int = 0
    _read: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def say(self, text: str, *, level: str = "info") -> None:
        """Something was done here."""
        with self._lock:
            self._pull()
            self._add("serve", level, text, is_same=False)

    def since(self, n: int = 0) -> list[Line]:
        """The lines after the n-th, with what the gateways said meanwhile."""
        with self._lock:
            self._pull()
            return [line for line in self._lines if line.n > n]

    def close(self) -> None:
        """End every stream that follows."""
        self.is_closed = True

    def _pull(self) -> None:
        records = self.read_logs()
        fresh, self._read = records[self._read :], len(records)
        last: object = None
        for record in fresh:
            kind = [(name, value) for name, value in record.items() if name not in _ONE_CALL]
            self._add("gateway", str(record.get("level", "info")), _told(record), is_same=kind == last)
            last = kind

    def _add(self, who: str, level: str, text: str, *, is_same: bool) -> None:
        """A line that says what the last one said only counts it up; lines handed out before stay as they are."""
        if is_same:
            last = self._lines.pop()
            self._lines.append(replace(last, times=last.times + 1))
            return
        self._told += 1
        self._lines.append(Line(self._told, time.time(), who, level, one_line(text)[:_LONGEST]))


def _told(record: Mapping[str, Any]) -> str:
    words = [str(record.get("event", ""))]
    words += [
        f"{name}={record[name]}" for name in ("instance", "code", "status", "route", "variable") if name in record
    ]
    message = record.get("message")
    return " ".join(words) + (f": {message}" if message else "")
