"""What a service of ours says while it runs: log entries and loose words, and what is made of its last ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.target import TargetFailed

_LOOK_S = 0.25  # how often somebody who waits looks whether there is still anybody to wait for


@dataclass(slots=True)
class Speech:
    """Log entries in `lines`, what is none in `words`, both as entries in `heard`; `rung` rings with each."""

    lines: list[Mapping[str, Any]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    heard: list[Mapping[str, Any]] = field(default_factory=list)
    rung: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, line: str) -> None:
        """Take in one line, without its end."""
        entry = _object(line)
        with self.rung:
            if entry is not None:
                self.lines.append(entry)
            elif line:
                self.words.append(line.rstrip()[:300])
                entry = {"event": "printed", "message": line}
            if entry is not None:
                self.heard.append(entry)
            self.rung.notify_all()

    def ready(self, *, within_s: float, speaks: Callable[[], bool]) -> Mapping[str, Any] | None:
        """Wait for the ready line as long as the service speaks; None when there is none."""
        deadline = time.monotonic() + within_s
        with self.rung:
            while True:
                found = next((line for line in self.lines if line.get("event") == "ready"), None)
                if found is not None or not speaks() or time.monotonic() > deadline:
                    return found
                self.rung.wait(_LOOK_S)

    @property
    def last_words(self) -> str:
        """The end of what it said, for a message."""
        said = [str(line.get("message", line.get("event"))) for line in self.lines] + self.words
        return "; ".join(said[-3:]) or "it said nothing"

    def problems(self, code: int | None) -> tuple[str, ...]:
        """Why a gateway did not start: each refusal it named, or else its exit code and last words."""
        named = tuple(_problem(line) for line in self.lines if line.get("event") == "refused")
        return named or (f"the gateway ended with exit code {code}: {self.last_words}",)

    def ended(self, name: str, code: int) -> TargetFailed:
        """What to raise where somebody finds that it ended by itself."""
        return TargetFailed(f"{name} ended by itself with exit code {code} ({self.last_words}); rehearse again")


def _object(line: str) -> Mapping[str, Any] | None:
    """A log line; None where it is none."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _problem(line: Mapping[str, Any]) -> str:
    item = f" item {line['item']}" if line.get("item") else ""
    return f"{line.get('variable')}{item}: {line.get('message')}"
