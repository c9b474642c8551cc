"""Everything that happened in a run, in order: written ahead as JSON lines, queried as a value.

Steps act and observe; they only append. Checks, the survival table and every report read from here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

TRUNK = "trunk"
_FRAME: Mapping[str, type | tuple[type, ...]] = {"n": int, "at": (int, float), "world": str, "kind": str}


class NoHistory(ValueError):
    """Stored lines that are no history, or an event without a field its kind has: which, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: its number, seconds since the run began, the world it happened in."""

    n: int
    at: float
    world: str
    kind: str
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise NoHistory(f"event {self.n} ({self.kind}) has no field {name!r}") from None

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or a default."""
        return self.fields.get(name, default)

    def to_json(self) -> dict[str, Any]:
        """The line that is stored."""
        return {"n": self.n, "at": self.at, "world": self.world, "kind": self.kind, **self.fields}


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
            at = round(self.clock() - self._began, 4)  # as it is stored, so that a stored run is judged alike
            event = Event(len(self.events) + 1, at, world, kind, fields)
            self._keep(event)
            return event

    def _keep(self, event: Event) -> None:
        self.events.append(event)
        if self.journal is not None:
            self.journal.write(json.dumps(event.to_json(), separators=(",", ":")) + "\n")
            self.journal.flush()

    def aside(self) -> History:
        """An empty history on the same clock, for what runs beside; `take` brings it back."""
        beside = History(clock=self.clock)
        beside._began = self._began  # one clock
        return beside

    def take(self, beside: History) -> None:
        """Append what happened beside, in its own order and with its own times."""
        with self._lock:
            for event in beside.events:
                self._keep(replace(event, n=len(self.events) + 1))

    def of(self, kind: str, *, world: str | None = None, **match: Any) -> list[Event]:
        """Events of a kind, in order, whose fields equal what is given."""
        return matching((event for event in self.events if event.kind == kind), world, match)

    def worlds(self) -> tuple[str, ...]:
        """The trunk and every fork, in order of appearance."""
        return tuple(dict.fromkeys(event.world for event in self.events))

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    @classmethod
    def from_lines(cls, lines: Iterable[str]) -> History:
        """Read a stored journal; a last line cut short by a crash is left out. Raises `NoHistory`."""
        history, stored = cls(), list(lines)
        for place, line in enumerate(stored, start=1):
            try:
                document = json.loads(line)
            except (ValueError, RecursionError) as error:
                if place == len(stored):
                    break
                raise NoHistory(f"line {place} is not JSON") from error
            history.events.append(_event(document, place))
        return history

    @classmethod
    def read(cls, path: Path) -> History:
        """Read `history.jsonl`; raises `OSError` or `NoHistory`."""
        try:
            if path.exists() and not path.is_file():
                raise NoHistory(f"{path.name} is no plain file")  # a pipe or a device may never end
            with path.open(encoding="utf-8") as lines:
                return cls.from_lines(lines)
        except UnicodeDecodeError as error:
            raise NoHistory(f"{path.name} is not UTF-8 text") from error


def matching(events: Iterable[Event], world: str | None, match: Mapping[str, object]) -> list[Event]:
    """Events of one world (or of all) whose fields equal what is given."""
    return [
        event
        for event in events
        if (world is None or event.world == world) and all(event.get(name) == value for name, value in match.items())
    ]


def _event(document: object, place: int) -> Event:
    if not isinstance(document, dict) or not all(isinstance(document.get(name), kind) for name, kind in _FRAME.items()):
        raise NoHistory(f"line {place} is no event")
    frame = {name: document[name] for name in _FRAME}
    return Event(**frame, fields={name: value for name, value in document.items() if name not in _FRAME})
