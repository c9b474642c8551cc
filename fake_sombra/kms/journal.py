"""What a KMS remembers of its calls: who asked what of which key, and the result; never a content."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One call; `bytes` is the plaintext's length, `context` a digest."""

    n: int
    operation: str
    key: str | None
    region: str
    principal: str
    bytes: int | None
    context: str | None
    result: str
    message: str


@dataclass(slots=True)
class Journal:
    """Append-only."""

    entries: list[Entry] = field(default_factory=list)

    def append(self, **fields: Any) -> None:
        """Number and keep one call."""
        self.entries.append(Entry(n=len(self.entries) + 1, **fields))

    def since(self, n: int) -> list[dict[str, Any]]:
        """Entries after number `n`, as JSON objects."""
        return [asdict(entry) for entry in self.entries[n:]]
