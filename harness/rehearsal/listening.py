"""What a rehearsal overhears while it works: how answers refuse, and which answers and log lines say too much."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.environment import shown_name
from harness.rehearsal.overheard import Named, spellings
from harness.target import Call, Reply

_LOUD = frozenset({"warn", "error", "fatal"})
_REFUSED = 400
"""The lowest HTTP status of a refusal."""
_REFUSING = frozenset({"customer", "ingress", "transcend"})
"""Places whose refusals are a gateway's own, or passed on as they are; the control ports are the harness's own."""
_TOKEN = re.compile(rb"\beyJ[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}")


@dataclass(slots=True)
class Listening:
    """The ears of one world: no answer may hold one of the `credentials` or `keys`, and `said` names what was found.

    The keys are those that a browser was handed, sealed for it; they become known while the world is worked in.
    `refusals` are the causes that were heard, each with its HTTP status and whether a message stands on top.
    """

    credentials: tuple[Named, ...] = field(repr=False)
    keys: Sequence[bytes] = field(default=(), repr=False)
    answers: int = 0
    said: set[str] = field(default_factory=set)
    refusals: set[tuple[str, int, bool]] = field(default_factory=set)
    _heard: set[tuple[int, bytes]] = field(default_factory=set, repr=False)
    _forms: dict[str, None] = field(default_factory=dict, repr=False)
    _spelled: int = 0
    _records: int = 0

    def hear(self, calls: Sequence[Call], replies: Sequence[Reply]) -> None:
        """Listen to answers, headers included."""
        text = "\n".join(f"{reply.headers} {reply.body.decode('latin-1')}" for reply in replies)
        self.said.update(name for name, value in self.credentials if value in text)
        if any(form in text for form in self._forms_of_keys()):
            self.said.add("the key of a request")
        if any(_TOKEN.search(reply.body) for reply in replies if reply.status >= _REFUSED):
            self.said.add("a token, in a refusal")
        self.answers += len(replies)
        for call, reply in zip(calls, replies, strict=True):
            if reply.status >= _REFUSED and call.place in _REFUSING and (reply.status, reply.body) not in self._heard:
                self._heard.add((reply.status, reply.body))  # most are the same words again, and are read once
                self.refusals.add((reply.cause, reply.status, reply.has_message))

    def told(self) -> dict[str, Any]:
        """What of the answers goes into a history: names, causes and numbers, never a text."""
        refusals = [list(each) for each in sorted(self.refusals)]
        return {"answers": self.answers, "heard": sorted(self.said), "refusals": refusals}

    def _forms_of_keys(self) -> Iterable[str]:
        """How a text would hold the known keys; only those that became known since the last answer are spelled."""
        for key in self.keys[self._spelled :]:
            self._forms.update(dict.fromkeys((*spellings(key), key.decode("latin-1"))))
        self._spelled = len(self.keys)
        return self._forms

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
