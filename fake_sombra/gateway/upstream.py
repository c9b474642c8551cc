"""What the gateway asks of Transcend's cloud, and how that cloud's refusals become its own.

The routes are those of docs/wire.md, "Called by the gateway"; the caller's API key is forwarded, never kept.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

from fake_sombra.errors import (
    BadRequest,
    Conflict,
    NotAuthenticated,
    NotFound,
    Refusal,
    TooLarge,
    UpstreamDown,
)
from fake_sombra.http import Answer, Body, NoAnswer, Request, Transport

_PASSED_ON: Mapping[int, type[Refusal]] = {
    400: BadRequest,
    401: NotAuthenticated,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
}


class Upstream:
    """Transcend's cloud as one gateway sees it; `authorization` is the whole header of the caller."""

    def __init__(self, transport: Transport, *, url: str) -> None:
        self._transport = transport
        self._root = f"{url.rstrip('/')}/fake/v1"

    async def save_request(self, body: Mapping[str, Any], *, authorization: str) -> dict[str, Any]:
        """Create or restart a request; returns its public form."""
        answer = await self._json("POST", "/requests", authorization=authorization, body=body)
        return _object(answer.get("request"))

    async def request(self, request_id: str, *, authorization: str) -> dict[str, Any]:
        """Read a request with its latest context."""
        return await self._json("GET", f"/requests/{quote(request_id)}", authorization=authorization)

    async def files(
        self, request_id: str, *, limit: int, offset: int, authorization: str
    ) -> tuple[int, list[dict[str, Any]]]:
        """List a request's files, oldest first: the total and one page."""
        path = f"/requests/{quote(request_id)}/files?limit={limit}&offset={offset}"
        answer = await self._json("GET", path, authorization=authorization)
        total = answer.get("totalCount")
        return total if isinstance(total, int) else 0, _objects(answer.get("nodes"))

    async def save_identifiers(self, request_id: str, *, sealed: str, context: str, authorization: str) -> None:
        """Append a sealed set of identifiers under the context it was made with."""
        body = {"sealed": sealed, "encryptedCEKContext": context}
        path = f"/requests/{quote(request_id)}/identifiers"
        await self._json("POST", path, authorization=authorization, body=body)

    async def identifiers(self, request_id: str, *, authorization: str) -> list[dict[str, Any]]:
        """List a request's sealed sets, oldest first."""
        path = f"/requests/{quote(request_id)}/identifiers"
        return _objects((await self._json("GET", path, authorization=authorization)).get("sets"))

    async def advance(self, request_id: str, *, step: str, authorization: str) -> str:
        """Take one step in a request's life, or only ask whether it may be taken (`answer`)."""
        path = f"/requests/{quote(request_id)}/advance"
        answer = await self._json("POST", path, authorization=authorization, body={"step": step})
        return str(answer.get("status"))

    async def pending(
        self, silo_id: str, *, kind: str, limit: int, offset: int, authorization: str
    ) -> list[dict[str, Any]]:
        """List the requests of one kind that a data silo has to answer, oldest first."""
        path = f"/data-silos/{quote(silo_id)}/pending-requests/{kind}?limit={limit}&offset={offset}"
        return _objects((await self._json("GET", path, authorization=authorization)).get("nodes"))

    async def report(self, body: Mapping[str, Any], *, authorization: str) -> None:
        """Report this boot's provider and keys (config sync)."""
        await self._json("POST", "/config-sync", authorization=authorization, body=body)

    async def save_file(
        self, request_id: str, file_id: str, *, headers: Mapping[str, str], body: Body, authorization: str
    ) -> None:
        """Store a ciphertext with its tag at the end; it is kept only when the body arrives whole."""
        path = f"/requests/{quote(request_id)}/files/{quote(file_id)}"
        request = self._request("PUT", path, authorization, headers=headers, body=body)
        async with self._answered(request) as answer:
            await _whole(answer)

    @asynccontextmanager
    async def file(self, file_id: str, *, authorization: str) -> AsyncIterator[Answer]:
        """Open a ciphertext; its chunks raise `UpstreamDown` when they end early."""
        async with self._answered(self._request("GET", f"/files/{quote(file_id)}", authorization)) as answer:
            yield Answer(answer.status, answer.headers, _unbroken(answer.chunks))

    async def _json(
        self, method: str, path: str, *, authorization: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json"} if body is not None else {}
        async with self._answered(self._request(method, path, authorization, headers=headers, body=raw)) as answer:
            return _parsed(await _whole(answer))

    def _request(
        self,
        method: str,
        path: str,
        authorization: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
    ) -> Request:
        return Request(method, self._root + path, {"authorization": authorization, **(headers or {})}, body)

    @asynccontextmanager
    async def _answered(self, request: Request) -> AsyncIterator[Answer]:
        async with AsyncExitStack() as held:
            try:
                answer = await held.enter_async_context(self._transport.send(request))
            except NoAnswer as error:
                raise UpstreamDown("Transcend's cloud does not answer; is TRANSCEND_URL right and up?") from error
            if answer.status != 200:
                raise _refusal(answer.status, await _whole(answer))
            yield answer


def _refusal(status: int, raw: bytes) -> Refusal:
    cause = _PASSED_ON.get(status)
    if cause is None:
        return UpstreamDown(f"Transcend's cloud answered {status}; look into its log")
    try:
        message = _object(_parsed(raw).get("error")).get("message")
    except UpstreamDown:
        message = None
    return cause(message if isinstance(message, str) else f"Transcend's cloud answered {status}")


async def _whole(answer: Answer) -> bytes:
    try:
        return await answer.read()
    except NoAnswer as error:
        raise _broken() from error


async def _unbroken(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except NoAnswer as error:
        raise _broken() from error


def _broken() -> UpstreamDown:
    return UpstreamDown("the answer of Transcend's cloud broke off; try again")


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        return _object(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise UpstreamDown("Transcend's cloud answered something that is not JSON") from error


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UpstreamDown("Transcend's cloud answered another shape than docs/wire.md has")
    return value


def _objects(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise UpstreamDown("Transcend's cloud answered another shape than docs/wire.md has")
    return [_object(each) for each in value]
