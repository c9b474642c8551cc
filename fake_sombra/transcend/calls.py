"""What a handler is given and what it gives back: one call, read as it comes, and one reply."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from fake_sombra.errors import BadRequest, TooLarge
from fake_sombra.http import Message, Scope
from fake_sombra.transcend.fields import Fields, from_json

JSON_LIMIT: Final = 4 << 20
"""Bytes of JSON that are read of a body; ciphertexts have no limit."""

Receive = Callable[[], Awaitable[Message]]
Headers = list[tuple[bytes, bytes]]


class Disconnected(ConnectionError):
    """The caller left before its message was whole; nobody is there to be answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; a generator's chunks are sent as they come, and its length stands in the headers."""

    body: bytes | Generator[bytes] = b""
    status: int = 200
    headers: Headers = field(default_factory=list)


def as_json(content: Mapping[str, Any], *, status: int = 200) -> Reply:
    """Answer with a JSON object."""
    body = json.dumps(content, separators=(",", ":")).encode()
    return Reply(body, status, [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))])


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has found its handler."""

    scope: Scope
    receive: Receive
    params: Mapping[str, str]

    def header(self, name: bytes) -> str | None:
        """Return a header by its name in lower case."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), None)

    def query(self) -> Fields:
        """Return the query; of a name that stands there twice, the last."""
        return Fields(dict(parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)))

    def number(self, name: str, *, default: int, low: int, high: int) -> int:
        """Return a whole number of the query within its bounds."""
        value = self.query().optional_text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) < 12 and low <= int(value) <= high):
            raise BadRequest(f"'{name}' is not a whole number from {low} to {high}")
        return int(value)

    async def json(self) -> Fields:
        """Read the body as a JSON object."""
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > JSON_LIMIT:
                raise TooLarge(f"the body is over {JSON_LIMIT} bytes")
        return from_json(bytes(body))

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read the body as it comes; raise `Disconnected` when it ends early."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] != "http.request":
                raise Disconnected("the caller left before its message was whole")
            yield message.get("body", b"")
            more = message.get("more_body", False)
