"""What the KMS remembers of each call, in order: enough for evidence, never a content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One call (docs/wire.md, "KMS front"); `size` is the plaintext's length, `context` its digest.

    `key` is the ARN of the key the caller named, or else of the key the blob was made with. `fault` is the spec
    of what was injected. `replica` is which instance of a gateway called, where its client says so.
    """

    n: int
    operation: str
    key: str | None
    region: str
    principal: str
    size: int | None
    context: str | None
    result: str
    message: str = ""
    fault: str | None = None
    replica: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The entry as the control port shows it."""
        return {
            "n": self.n,
            "operation": self.operation,
            "key": self.key,
            "region": self.region,
            "principal": self.principal,
            "bytes": self.size,
            "context": self.context,
            "result": self.result,
            "message": self.message,
            "fault": self.fault,
            "replica": self.replica,
        }


class Journal:
    """An append-only list of calls, numbered from 1."""

    def __init__(self, entries: tuple[Entry, ...] = ()) -> None:
        self._entries = list(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        operation: str,
        *,
        region: str,
        principal: str,
        result: str,
        message: str = "",
        key: str | None = None,
        size: int | None = None,
        context: str | None = None,
        fault: str | None = None,
        replica: str | None = None,
    ) -> None:
        """Write one call down; callers serialise themselves."""
        n = len(self) + 1
        self._entries.append(
            Entry(n, operation, key, region, principal, size, context, result, message, fault, replica)
        )

    def since(self, n: int = 0) -> tuple[Entry, ...]:
        """Every call after the n-th."""
        return tuple(self._entries[max(n, 0) :])
