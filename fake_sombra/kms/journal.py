"""What the KMS remembers of each call, in order: enough for evidence, never a content."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_SALT: Final = secrets.token_bytes(32)


def marked(plaintext: bytes) -> bytes:
    """What tells equal plaintexts from others within this process, and nothing of what they are."""
    return hashlib.blake2b(plaintext, key=_SALT, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One call (docs/wire.md, "KMS front"); `size` is the plaintext's length, `context` its digest.

    `key` is the ARN of the key the caller named, or else of the key the blob was made with. `fault` is the spec
    of what was injected. `replica` is which instance of a gateway called, where its client says so. `same_as` is the
    first call that handled this very plaintext, by its number.
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
    same_as: int | None = None

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
            "same_as": self.same_as,
        }


class Journal:
    """An append-only list of calls, numbered from 1."""

    def __init__(self, entries: tuple[Entry, ...] = (), marks: Mapping[bytes, int] | None = None) -> None:
        self._entries = list(entries)
        self._marks = dict(marks or {})

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
        mark: bytes | None = None,
    ) -> None:
        """Write one call down; callers serialise themselves. Equal plaintexts have equal marks (`marked`)."""
        n = len(self) + 1
        first = None if mark is None else self._marks.setdefault(mark, n)
        same_as = None if first == n else first
        entry = Entry(
            n, operation, key, region, principal, size, context, result, message, fault, replica, same_as=same_as
        )
        self._entries.append(entry)

    def copy(self) -> Journal:
        """An independent journal that goes on from here."""
        return Journal(self.since(), self._marks)

    def since(self, n: int = 0) -> tuple[Entry, ...]:
        """Every call after the n-th."""
        return tuple(self._entries[max(n, 0) :])
