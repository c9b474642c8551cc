"""Everything that happened in a run, in order: written ahead as JSON lines, queried as a value.

Steps act and observe; they only append. Checks, the survival table and every report read from here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

TRUNK = "trunk"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: its number, seconds since the run began, the world it happened in."""

    n: int
    at: float
    world: str
    kind: str
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or a default."""
        return self.fields.get(name, default)

    def to_json(self) -> dict[str, Any]:
        """The line that is stored."""
        return {"n": self.n, "at": round(self.at, 4), "world": self.world, "kind": self.kind, **self.fields}


@dataclass(slots=True)
class History:
    """Append-only; each event is flushed to the journal before the next thing happens."""

    journal: TextIO | None = None
    clock: Callable[[], float] = time.monotonic
    events: list[Event] = field(default_factory=list)
    _began: float = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def append(self, world: str, kind: str, **fields: Any) -> Event:
        """Record one event and return it with its number."""
        with self._lock:
            event = Event(len(self.events) + 1, self.clock() - self._began, world, kind, fields)
            self.events.append(event)
            if self.journal is not None:
                self.journal.write(json.dumps(event.to_json(), separators=(",", ":")) + "\n")
                self.journal.flush()
            return event

    def of(self, kind: str, *, world: str | None = None, **match: Any) -> list[Event]:
        """Events of a kind, in order, whose fields equal what is given."""
        return [
            event
            for event in self.events
            if event.kind == kind
            and (world is None or event.world == world)
            and all(event.get(name) == value for name, value in match.items())
        ]

    def worlds(self) -> tuple[str, ...]:
        """The trunk and every fork, in order of appearance."""
        return tuple(dict.fromkeys(event.world for event in self.events))

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> History:
        """Read a stored journal; a last line cut short by a crash is left out."""
        history = cls()
        for line in lines:
            try:
                stored = json.loads(line)
            except ValueError:
                break
            frame = {name: stored.pop(name) for name in ("n", "at", "world", "kind")}
            history.events.append(Event(**frame, fields=stored))
        return history

    @classmethod
    def read(cls, path: Path) -> History:
        """Read `history.jsonl`."""
        with path.open(encoding="utf-8") as lines:
            return cls.from_lines(lines)
