"""What a rehearsal overhears while it works: answers and log lines, and which of them say what they must not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.environment import shown_name
from harness.rehearsal.overheard import Named
from harness.target import Reply

_LOUD = frozenset({"warn", "error", "fatal"})


@dataclass(slots=True)
class Listening:
    """The ears of one world: no answer may hold one of the `credentials`, and `said` names those that were found."""

    credentials: tuple[Named, ...] = field(repr=False)
    answers: int = 0
    said: set[str] = field(default_factory=set)
    _records: int = 0

    def hear(self, replies: Sequence[Reply]) -> None:
        """Listen to answers, headers included."""
        text = "\n".join(f"{reply.headers} {reply.body.decode('latin-1')}" for reply in replies)
        self.said.update(name for name, value in self.credentials if value in text)
        self.answers += len(replies)

    def fresh(self, records: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The log records that were not there at the last look."""
        known, self._records = self._records, len(records)
        return records[known:]


def loud(records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of each warning and worse, and of remarks on a variable: level, event, cause and who said it; never its text."""
    for entry in records:
        about = {"variable": shown_name(str(entry["variable"]))} if "variable" in entry else {}
        if about or entry.get("level") in _LOUD:
            yield {name: entry.get(name) for name in ("level", "event", "code", "instance")} | about
