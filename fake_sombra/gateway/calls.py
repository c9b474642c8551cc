"""What one HTTP call and its reply are to the gateway's routes, over bare ASGI."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl

from fake_sombra.errors import BadRequest, TooLarge
from fake_sombra.gateway.shapes import Fields, parse_object
from fake_sombra.http import Body, Message, Scope

JSON_LIMIT = 50 * 10**6
Headers = list[tuple[bytes, bytes]]
_T = TypeVar("_T")


class CallerGone(Exception):  # it names what happened, as errors.py does
    """The caller hung up before the request was whole."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers and a body; a streamed body that raises drops the connection."""

    status: int
    headers: Headers
    body: Body = field(repr=False, default=b"")


class Call:
    """One request to a route."""

    __slots__ = ("_headers", "_query", "_receive", "about", "is_cut", "parameters", "resources", "scope")

    def __init__(self, scope: Scope, receive: Callable[[], Awaitable[Message]]) -> None:
        self.scope = scope
        self.parameters: Mapping[str, str] = {}
        self.about: str | None = None  # the privacy request this call is about, for the log
        self.is_cut = False
        self.resources: AsyncExitStack | None = None
        self._receive = receive
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._query: dict[str, str] | None = None

    def header(self, name: bytes) -> str | None:
        """Return a header's value; the last one when it was sent twice."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def required_header(self, name: bytes) -> str:
        """Return a header's value, or refuse when it is absent or empty."""
        value = self.header(name)
        if not value:
            raise BadRequest(f"the header {name.decode()} is missing")
        return value

    def query(self, name: str) -> str | None:
        """Return a query parameter."""
        if self._query is None:
            raw = self.scope["query_string"].decode("latin-1")
            self._query = dict(parse_qsl(raw, keep_blank_values=True))
        return self._query.get(name)

    def query_integer(self, name: str, *, default: int, low: int, high: int) -> int:
        """Return a whole number from the query, within bounds."""
        text = self.query(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
            raise BadRequest(f"query.{name}: expected a whole number from {low} to {high}")
        return int(text)

    async def json(self) -> Fields:
        """Read the body as a JSON object of at most 50 MB."""
        length = self.header(b"content-length")
        if length is not None and length.isdigit() and int(length) > JSON_LIMIT:
            raise _too_large()
        chunks, size = [], 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > JSON_LIMIT:
                raise _too_large()
            chunks.append(chunk)
        return parse_object(b"".join(chunks))

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; raises `CallerGone` when it will not be whole."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.is_cut = True
                raise CallerGone
            if chunk := message.get("body"):
                yield bytes(chunk)
            if not message.get("more_body"):
                return

    async def hold(self, resource: AbstractAsyncContextManager[_T]) -> _T:
        """Enter a context that is left after the reply was sent."""
        if self.resources is None:
            self.resources = AsyncExitStack()
        return await self.resources.enter_async_context(resource)


def json_reply(content: Mapping[str, object], status: int = 200) -> Reply:
    """Answer with JSON, written without blanks."""
    raw = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(raw))], raw)


def text_reply(content: str) -> Reply:
    """Answer with plain text."""
    raw = content.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(raw))]
    return Reply(200, headers, raw)


def _too_large() -> TooLarge:
    return TooLarge(f"a JSON body may have {JSON_LIMIT} bytes; send less at a time")
