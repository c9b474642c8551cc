"""How requests travel over sockets: one aiohttp session, opened at first use in the running loop."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fake_sombra.http import Answer, NoAnswer, Request

if TYPE_CHECKING:
    import aiohttp

_READ_BUFFER = 1 << 20
_ANSWER_TIMEOUT_S = 60.0  # counted from the end of the request, between two reads
_UNWANTED_HEADERS = frozenset({"User-Agent", "Accept", "Accept-Encoding", "Content-Type"})


class Sockets:
    """Keep-alive connections without a limit of number or size; a failure to connect or read is `NoAnswer`.

    The import of aiohttp takes longer than all else of a start, so it happens in a thread at first use.
    """

    def __init__(self, *, connect_timeout_s: float = 2.0) -> None:
        self._connect_timeout_s = connect_timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncIterator[Answer]:
        """Send a request; the connection is held until the block ends."""
        response = await self._respond(self._session or await self._open(), request)
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            yield Answer(response.status, headers, _chunks_of(response))
        finally:
            response.release()  # keeps the connection when the body was read, drops it otherwise

    async def close(self) -> None:
        """Close every connection; nothing can be sent afterwards."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _open(self) -> aiohttp.ClientSession:
        import_module = importlib.import_module
        aiohttp = await asyncio.to_thread(import_module, "aiohttp")
        if self._closed:
            raise NoAnswer("this client was closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # A name may lead elsewhere after a restart, so none is remembered.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30, use_dns_cache=False),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=self._connect_timeout_s, sock_read=_ANSWER_TIMEOUT_S
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_UNWANTED_HEADERS,
                auto_decompress=False,
                read_bufsize=_READ_BUFFER,
            )
        return self._session

    @staticmethod
    async def _respond(session: aiohttp.ClientSession, request: Request) -> aiohttp.ClientResponse:
        from aiohttp import ClientError  # noqa: PLC0415  # loaded by then; see the class
        from yarl import URL  # noqa: PLC0415  # as above

        try:
            return await session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
            )
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            parts = urlsplit(request.url)
            raise NoAnswer(f"no answer from {parts.scheme}://{parts.netloc} ({type(error).__name__})") from error


async def _chunks_of(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    from aiohttp import ClientError  # noqa: PLC0415  # loaded by then; see `Sockets`

    try:
        async for chunk in response.content.iter_any():
            yield chunk
    except (ClientError, TimeoutError, OSError) as error:
        raise NoAnswer(f"the body ended early ({type(error).__name__})") from error
