"""Where ASGI ends and the gateway begins: routes, refusals as answers, and one log line for each of them."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from fake_sombra.errors import (
    BadRequest,
    KmsRefusal,
    NotFound,
    RateLimited,
    Refusal,
    Tampered,
    UnknownKey,
    WrongProvider,
)
from fake_sombra.gateway.calls import Call, CallerGone, Headers, Reply, json_reply
from fake_sombra.http import Message, Scope
from fake_sombra.logs import Log

Handler = Callable[[Call], Awaitable[Reply]]
_Send = Callable[[Message], Awaitable[None]]
_SERVER = (b"server", b"fake-sombra")
_OF_THE_UNWRAP = (WrongProvider, UnknownKey, Tampered, KmsRefusal)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; `{name}` stands for one segment. Open routes need no credentials."""

    method: str
    path: str
    handler: Handler
    is_open: bool = False


class Edge:
    """An ASGI application over a table of routes; `admit` raises for callers without credentials.

    `unwrap_status` is 500 or 400: what an unwrap that cannot succeed is answered with (protocol.md).
    `count` is told of each admitted call and returns headers for its answer, or raises `RateLimited`.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        admit: Callable[[Call], None],
        log: Log,
        unwrap_status: int = 500,
        count: Callable[[Call], Headers] = lambda _: [],
    ) -> None:
        self._admit = admit
        self._log = log
        self._unwrap_status = unwrap_status
        self._count = count
        self._exact: dict[str, dict[str, Route]] = {}
        self._patterns: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in routes:
            if "{" in route.path:
                self._patterns.setdefault(tuple(route.path.split("/")), {})[route.method] = route
            else:
                self._exact.setdefault(route.path, {})[route.method] = route

    async def __call__(self, scope: Scope, receive: Callable[[], Awaitable[Message]], send: _Send) -> None:
        """Answer one request; raises only to drop a connection whose answer has begun."""
        if scope["type"] != "http":
            return
        call = Call(scope, receive)
        try:
            reply = await self._reply(call)
            if reply is not None:
                await self._send(call, reply, send)
        finally:
            if call.resources is not None:
                await call.resources.aclose()

    async def _reply(self, call: Call) -> Reply | None:
        where = _Where("unmatched")
        try:
            route = self._find(call, where)
            if route is None:
                return Reply(204, [(b"allow", where.allowed.encode())])
            return await self._handled(call, route)
        except CallerGone:
            return None
        except Refusal as refusal:
            return None if call.is_cut else self._refused(call, refusal, where)
        except RecursionError:
            return self._refused(call, BadRequest("the body is nested too deeply"), where)
        except Exception as error:  # noqa: BLE001  # the ASGI edge: an answer without text, a line without content
            return self._crashed(error, where)

    async def _handled(self, call: Call, route: Route) -> Reply:
        if route.is_open:
            return await route.handler(call)
        self._admit(call)
        counted = self._count(call)
        reply = await route.handler(call)
        reply.headers.extend(counted)
        return reply

    def _find(self, call: Call, where: _Where) -> Route | None:
        """Return the route of a call, or None for OPTIONS; fills in what the log calls it."""
        path, method = call.scope["path"], call.scope["method"]
        methods = self._exact.get(path) or self._match(call, path)
        if methods is None:
            raise NotFound("there is no such route; docs/wire.md lists them")
        allowed = [*methods, "OPTIONS"]
        if "GET" in methods and methods["GET"].is_open:
            allowed.append("HEAD")
        where.allowed = ", ".join(sorted(allowed))
        if method not in allowed:
            raise _MethodNotAllowed(f"this route takes {where.allowed}")
        if method == "OPTIONS":
            return None
        route = methods["GET" if method == "HEAD" else method]
        where.route = f"{route.method} {route.path}"
        return route

    def _match(self, call: Call, path: str) -> dict[str, Route] | None:
        segments = path.split("/")
        for pattern, methods in self._patterns.items():
            parameters = _parameters(pattern, segments)
            if parameters is not None:
                call.parameters = parameters
                return methods
        return None

    def _refused(self, call: Call, refusal: Refusal, where: _Where) -> Reply:
        status, call_id = self._status(refusal), secrets.token_hex(8)
        self._log_refusal(call, refusal, where, status=status, call_id=call_id)
        error: dict[str, str] = {"message": refusal.message, "code": refusal.code}
        if refusal.where is not None:
            error["where"] = refusal.where
        if refusal.message.startswith("Client error"):
            # A client looks for the words inside a JSON text inside this JSON text (clients.md 4.2).
            error["upstream"] = json.dumps({"message": refusal.message, "code": refusal.code}, separators=(",", ":"))
        reply = json_reply({"error": error, "message": refusal.message}, status)
        reply.headers.append((b"x-request-id", call_id.encode()))
        if isinstance(refusal, RateLimited):
            reply.headers.extend(refusal.headers)
        if isinstance(refusal, _MethodNotAllowed):
            reply.headers.append((b"allow", where.allowed.encode()))
        return reply

    def _status(self, refusal: Refusal) -> int:
        if refusal.status == 500 and isinstance(refusal, _OF_THE_UNWRAP):
            return self._unwrap_status
        return refusal.status

    def _log_refusal(self, call: Call, refusal: Refusal, where: _Where, *, status: int, call_id: str) -> None:
        self._log(
            "error" if refusal.status >= 500 else "warn",
            "call_refused",
            code=refusal.code,
            status=status,
            route=where.route,
            message=refusal.message,
            request_id=call.about,
            call_id=call_id,
        )

    def _crashed(self, error: Exception, where: _Where) -> Reply:
        self._log("error", "call_crashed", route=where.route, error=type(error).__name__)
        message = "the gateway failed; its log names the kind of failure"
        return json_reply({"error": {"message": message, "code": "internal"}, "message": message}, 500)

    async def _send(self, call: Call, reply: Reply, send: _Send) -> None:
        await send({"type": "http.response.start", "status": reply.status, "headers": [*reply.headers, _SERVER]})
        if isinstance(reply.body, bytes):
            body = b"" if call.scope["method"] == "HEAD" else reply.body
            await send({"type": "http.response.body", "body": body})
            return
        try:
            await _pour(reply.body, send)
        except Refusal as refusal:
            # The status line is gone: only a dropped connection can still say that the file is not right.
            route = f"{call.scope['method']} {call.scope['path']}"
            self._log_refusal(call, refusal, _Where(route), status=reply.status, call_id=secrets.token_hex(8))
            raise


@dataclass(slots=True)
class _Where:
    """What the log calls the place of a call, filled in while its route is looked for."""

    route: str
    allowed: str = ""


class _MethodNotAllowed(BadRequest):
    status: ClassVar[int] = 405


async def _pour(body: AsyncIterator[bytes], send: _Send) -> None:
    async for chunk in body:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _parameters(pattern: Sequence[str], segments: Sequence[str]) -> Mapping[str, str] | None:
    if len(pattern) != len(segments):
        return None
    found: dict[str, str] = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            found[expected[1:-1]] = given
        elif expected != given:
            return None
    return found
