"""Where ASGI ends and serve begins: routes, the guard, refusals as answers; handlers are plain functions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from harness.serve.guard import admit
from harness.serve.refusal import PassedOn, Refusal, bad_request
from harness.target import AnswerLacks, TargetFailed

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_LIMIT = 64 * 1024
_ALWAYS = {
    "server": "sombra-rehearsal",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that has found its route; header names are in lower case."""

    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def document(self) -> Mapping[str, Any]:
        """The body as a JSON object, an empty one where there is none; raises `Refusal`."""
        try:
            document = json.loads(self.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise bad_request("the body is not JSON") from error
        if not isinstance(document, dict):
            raise bad_request("the body is not a JSON object")
        return document

    def text(self, name: str) -> str:
        """A field of the body that must be text; raises `Refusal`."""
        value = self.document().get(name)
        if not isinstance(value, str) or not value:
            raise bad_request(f"{name} is missing or no text")
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a body, or a stream that ends when its reader leaves."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; `{name}` stands for one segment."""

    method: str
    path: str
    handler: Handler


def as_json(document: object, status: int = 200) -> Answer:
    """Answer with JSON."""
    return Answer(status, {"content-type": "application/json"}, json.dumps(document).encode())


class Edge:
    """An ASGI application over a table of routes; `say` is told what failed, never with what."""

    def __init__(self, routes: Sequence[Route], *, say: Callable[[str], None]) -> None:
        self._routes = [(route.path.split("/"), route) for route in routes]
        self._say = say

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except _Gone:
            return
        except (Refusal, PassedOn) as refusal:
            answer = _refused(refusal)
        except (TargetFailed, AnswerLacks) as failure:
            answer = _refused(Refusal(502, "bad_gateway", f"a part of the world failed: {failure}"))
        except Exception as error:  # noqa: BLE001  the ASGI edge: an answer without text, a line without content
            self._say(f"{scope['method']} failed with {type(error).__name__}; this is a defect of serve")
            answer = _refused(Refusal(500, "internal", "serve failed; its standard error names the kind of failure"))
        await _sent(answer, is_head=scope["method"] == "HEAD", receive=receive, send=send)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Answer:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        admit(scope["method"], headers)
        found = self._find(scope["method"], scope["path"])
        body = await _body(receive)
        if isinstance(found, Answer):
            return found
        route, params = found
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        return await asyncio.to_thread(route.handler, Asked(params, query, headers, body))

    def _find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | Answer:
        given = path.split("/")
        found = {
            route.method: (route, params)
            for parts, route in self._routes
            if (params := _params(parts, given)) is not None
        }
        if not found:
            raise Refusal(404, "not_found", "there is no such path here; docs/wire.md lists them")
        if "GET" in found:
            found["HEAD"] = found["GET"]
        allowed = ", ".join(sorted([*found, "OPTIONS"]))
        if method == "OPTIONS":
            return Answer(204, {"allow": allowed})
        if method not in found:
            message = f"this path takes {allowed}"
            raise Refusal(405, "method_not_allowed", message, headers={"allow": allowed})
        return found[method]


class _Gone(Exception):
    """The caller left before its message was whole."""


def _params(parts: Sequence[str], given: Sequence[str]) -> Mapping[str, str] | None:
    if len(parts) != len(given):
        return None
    params = {}
    for part, value in zip(parts, given, strict=True):
        if part.startswith("{") and value:
            params[part[1:-1]] = value
        elif part != value:
            return None
    return params


async def _body(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > _LIMIT:
            raise Refusal(413, "too_large", f"the body is over {_LIMIT} bytes")
        more = message.get("more_body", False)
    return bytes(body)


def _refused(refusal: Refusal | PassedOn) -> Answer:
    kind = {"content-type": "application/json"}
    if isinstance(refusal, Refusal):
        return Answer(refusal.status, {**kind, **refusal.headers}, refusal.body)
    said = {name: value for name, value in refusal.reply.headers.items() if name == "content-type"}
    return Answer(refusal.status, {**kind, **said}, refusal.body)


async def _sent(answer: Answer, *, is_head: bool, receive: Receive, send: Send) -> None:
    headers = {**_ALWAYS, **answer.headers}
    if answer.stream is None and answer.status != 204:
        headers["content-length"] = str(len(answer.body))
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    if answer.stream is not None and not is_head:
        await _poured(answer.stream, receive, send)
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})


async def _poured(stream: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Send what comes until the stream ends or its reader is gone, which a server tells by a message alone."""
    gone = asyncio.ensure_future(_gone(receive))
    try:
        async for chunk in stream:
            if gone.done():
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _gone(receive: Receive) -> None:
    if (await receive())["type"] != "http.disconnect":
        await asyncio.Event().wait()  # a caller without a connection never leaves
