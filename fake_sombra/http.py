"""A request and its answer, whatever carries them: sockets between processes, plain calls inside one.

The gateway and the stand-in speak to each other, and harnesses speak to both, through a `Transport`.
`Loopback` carries requests to ASGI applications in this process; `fake_sombra.http_client.Sockets` carries
them over HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
AsgiApp = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
Body = bytes | AsyncIterator[bytes]


class NoAnswer(ConnectionError):
    """Nobody listens at that address, or the connection broke before the answer was whole."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `url` is absolute, header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status line and headers have arrived; the body follows as it is read.

    Iterating `chunks` raises `NoAnswer` when the peer ends the body early.
    """

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]

    async def read(self) -> bytes:
        """Return the whole body."""
        return b"".join([chunk async for chunk in self.chunks])


class Transport(Protocol):
    """Carries a request and hands back the answer while its connection is held."""

    def send(self, request: Request) -> AbstractAsyncContextManager[Answer]:
        """Raise `NoAnswer` when nobody listens."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class Loopback:
    """ASGI applications by origin (`http://gateway.fake`); an origin that is not there refuses connections.

    Where answers are `whole`, an application runs to its end before its answer is read: quicker, for small bodies.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._apps: dict[str, AsgiApp] = {}
        self._whole = whole

    def listen(self, origin: str, app: AsgiApp) -> None:
        """Answer calls to an origin from now on."""
        self._apps[origin] = app

    def hang_up(self, origin: str) -> None:
        """Refuse connections to an origin from now on."""
        self._apps.pop(origin, None)

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncIterator[Answer]:
        """Run the application that listens at the request's origin."""
        parts = urlsplit(request.url)
        app = self._apps.get(f"{parts.scheme}://{parts.netloc}")
        if app is None:
            raise NoAnswer(f"connection refused: {parts.scheme}://{parts.netloc}")
        if self._whole:
            yield await _WholeCall(request).run(app)
            return
        call = _Call(request)
        task = asyncio.ensure_future(call.run(app))
        try:
            yield await call.answer()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Forget every application."""
        self._apps.clear()


class _Exchange:
    """One ASGI exchange: what the application is handed of a request, and what is made of its first message."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._chunks = _chunks_of(request.body)

    async def _receive(self) -> Message:
        try:
            chunk = await anext(self._chunks, None)
        except Exception:  # noqa: BLE001  # whatever broke the caller's body, a server only sees it hang up
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    @staticmethod
    def _begun(start: Message | None, body: AsyncIterator[bytes]) -> Answer:
        if start is None:
            raise NoAnswer("the connection was closed without an answer")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, body)


class _Call(_Exchange):
    """An exchange that goes on while its answer is read; two chunks wait at most, whatever the size of the body."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._sent: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=2)

    async def run(self, app: AsgiApp) -> None:
        """Call the application; whatever it raises ends the answer early, as a lost connection would."""
        with suppress(Exception):  # the ASGI edge: a server, too, only drops the connection here
            await app(_scope_of(self._request), self._receive, self._sent.put)
        await self._sent.put(None)

    async def answer(self) -> Answer:
        return self._begun(await self._sent.get(), self._body())

    async def _body(self) -> AsyncIterator[bytes]:
        while (message := await self._sent.get()) is not None:
            if message.get("body"):
                yield bytes(message["body"])
            if not message.get("more_body"):
                return
        raise NoAnswer("the body ended early")


class _WholeCall(_Exchange):
    """An exchange from its beginning to its end, then its answer; nothing waits for anything."""

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self._sent: list[Message] = []

    async def run(self, app: AsgiApp) -> Answer:
        """Call the application; raises `NoAnswer` when it gave none."""
        with suppress(Exception):  # as above
            await app(_scope_of(self._request), self._receive, self._keep)
        return self._begun(self._sent[0] if self._sent else None, self._body())

    async def _keep(self, message: Message) -> None:
        self._sent.append(message)

    async def _body(self) -> AsyncIterator[bytes]:
        for message in self._sent[1:]:
            if message.get("body"):
                yield bytes(message["body"])
        if len(self._sent) == 1 or self._sent[-1].get("more_body"):
            raise NoAnswer("the body ended early")


def _scope_of(request: Request) -> Scope:
    parts = urlsplit(request.url)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [
            (b"host", parts.netloc.encode()),
            *((name.encode(), value.encode("latin-1")) for name, value in request.headers.items()),
        ],
        "server": (parts.hostname or "", parts.port or 80),
        "client": ("127.0.0.1", 0),
    }


async def _chunks_of(body: Body) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        if body:
            yield body
        return
    async for chunk in body:
        yield chunk
