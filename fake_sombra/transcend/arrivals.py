"""What a gateway sent to Transcend's cloud, as it came: kept for a while, so that a rehearsal can look for secrets.

Neither the caller's API key is kept, which is forwarded by contract, nor a ciphertext's body (docs/wire.md, "Control
port"). Nothing here decides what is answered.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from fake_sombra.http import AsgiApp, Message, Scope
from fake_sombra.transcend.calls import Receive
from fake_sombra.transcend.routing import Send

BODY_LIMIT: Final = 64 << 10
"""Bytes that are kept of one body."""

HELD: Final = 2 << 20
"""Bytes that are kept of all calls together, several times a rehearsal's; the oldest go first."""

_CIPHERTEXTS: Final = "PUT"  # the method of files, which would fill all there is
_ROW: Final = 200  # bytes that an entry costs besides what it holds


@dataclass(slots=True)
class Arrival:
    """One call, without its API key."""

    method: str
    path: str
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def size(self) -> int:
        """Bytes that it takes, roughly."""
        return _ROW + len(self.path) + sum(len(name) + len(value) for name, value in self.headers) + len(self.body)

    def told(self, n: int) -> dict[str, Any]:
        """As the control port shows it."""
        body = self.body.decode("utf-8", "replace")
        return {"n": n, "method": self.method, "path": self.path, "headers": self.headers, "body": body}


@dataclass(slots=True)
class Arrivals:
    """The newest calls within `held` bytes, numbered from 1 in the order in which they ended."""

    held: int = HELD
    _kept: deque[Arrival] = field(default_factory=deque, repr=False)
    _size: int = 0
    _dropped: int = 0

    def since(self, number: int) -> dict[str, Any]:
        """Return the calls after a number that are still kept, and how many are not."""
        first = self._dropped + 1
        told = [arrival.told(n) for n, arrival in enumerate(self._kept, first) if n > number]
        return {"arrivals": told, "dropped": self._dropped}

    def keep(self, arrival: Arrival) -> None:
        """Add a call and drop the oldest beyond the bound."""
        self._kept.append(arrival)
        self._size += arrival.size
        while self._size > self.held:
            self._size -= self._kept.popleft().size
            self._dropped += 1


@dataclass(frozen=True, slots=True)
class Heard:
    """An ASGI application whose calls are written down."""

    app: AsgiApp
    arrivals: Arrivals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, and keep the call whatever became of it."""
        if scope["type"] != "http":
            return
        arrival = _arrival(scope)
        try:
            is_short = arrival.method != _CIPHERTEXTS
            await self.app(scope, _listened(receive, arrival) if is_short else receive, send)
        finally:
            self.arrivals.keep(arrival)


def _listened(receive: Receive, arrival: Arrival) -> Receive:
    async def heard() -> Message:
        message = await receive()
        arrival.body += message.get("body", b"")[: BODY_LIMIT - len(arrival.body)]
        return message

    return heard


def _arrival(scope: Scope) -> Arrival:
    """A call without its body."""
    path = bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in scope["headers"]
        if name != b"authorization"
    ]
    return Arrival(scope["method"], f"{path}?{query}" if query else path, headers)
