"""What two runs of one seed have in common: a history with everything that chance decides replaced by ordinals.

Times, ports, pids, ids, key fingerprints and signatures are numbered by their first appearance, so what was equal
stays equal and what differed stays different. Calls made at once end in any order: lines that a step reads from the
logs, and the calls of a KMS journal, are sorted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from harness.history import Event, History

_MEASURED = frozenset(
    {("booted", "seconds"), ("step-ended", "duration_s"), ("log-scan", "lines"), ("arrival-scan", "arrivals")}
)
_PATTERNS = {
    "token": r"\beyJ[\w-]+\.[\w-]+\.[\w-]+",
    "digest": r"\bsha256:[0-9a-f]{64}\b",
    "id": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "key": r"\b[0-9a-f]{16}\b",
    "port": r"(?<=127\.0\.0\.1:)\d{1,5}\b",
    "pid": r"(?<=\bpid )\d+\b",
    "folder": r"(?<=\bsombra-rehearsal-)\w+",
}
_CHANCE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()))


def normal_form(history: History) -> str:
    """The history as JSON lines, equal byte for byte for two runs that did and saw the same."""
    ordinals = _Ordinals()
    lines = (ordinals.replaced(_line(event)) for event in _in_order(history))
    return "".join(f"{line}\n" for line in lines)


@dataclass(slots=True)
class _Ordinals:
    """Numbers every value of a kind by its first appearance."""

    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def replaced(self, line: str) -> str:
        return _CHANCE.sub(self._ordinal, line)

    def _ordinal(self, found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if (kind, found.group()) not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[kind, found.group()] = f"{kind}-{self._counts[kind]}"
        return self._known[kind, found.group()]


def _in_order(history: Iterable[Event]) -> Iterator[Event]:
    """The events, with each block of log lines sorted."""
    for is_log, found in groupby(history, key=lambda event: event.kind == "log"):
        block = list(found)
        yield from sorted(block, key=_line) if is_log else block


def _line(event: Event) -> str:
    """One event without its number and its times."""
    fields = {name: value for name, value in event.fields.items() if (event.kind, name) not in _MEASURED}
    if event.kind == "kms-journal":
        fields["calls"] = sorted(fields["calls"], key=json.dumps)
    shown: dict[str, Any] = {"world": event.world, "kind": event.kind, **fields}
    return json.dumps(shown, sort_keys=True, separators=(",", ":"))
