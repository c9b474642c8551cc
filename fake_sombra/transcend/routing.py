"""Which handler answers which method and path, and how its reply, or its refusal, is put on the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from fake_sombra.errors import NotFound, Refusal
from fake_sombra.http import Message, Scope
from fake_sombra.logs import Log
from fake_sombra.transcend.calls import Call, Disconnected, Receive, Reply, as_json
from fake_sombra.transcend.fields import is_id

Send = Callable[[Message], Awaitable[None]]
Handler = Callable[[Call], Reply | Awaitable[Reply]]

_SERVER: Final = (b"server", b"fake-sombra")


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; `{name}` stands for one id. An open route is for anyone."""

    method: str
    path: str
    handler: Handler
    is_open: bool = False


class Routes:
    """An ASGI application out of a table of routes; `admit` raises for a caller whom it keeps out."""

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        prefix: str,
        admit: Callable[[Call], None],
        log: Log,
    ) -> None:
        self._prefix = prefix
        self._admit = admit
        self._log = log
        self._table: dict[tuple[str, int], list[tuple[list[str], Route]]] = {}
        for route in routes:
            parts = route.path.strip("/").split("/")
            self._table.setdefault((route.method, len(parts)), []).append((parts, route))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised, and no traceback is shown."""
        if scope["type"] != "http":
            return
        try:
            reply = await self._reply(scope, receive)
        except Disconnected:
            return
        except Refusal as refusal:
            reply = _refused(refusal.status, code=refusal.code, message=refusal.message)
        except Exception as error:  # noqa: BLE001  the ASGI edge: a caller gets an answer, the log gets the kind
            self._log(
                "error",
                "failed",
                code="internal",
                kind=type(error).__name__,
                route=f"{scope['method']} {scope['path']}",
            )
            reply = _refused(500, code="internal", message="the stand-in failed; its log names the kind of error")
        await send_reply(reply, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        route, params = self._find(scope["method"], scope["path"])
        call = Call(scope, receive, params)
        if route.is_open:
            return await _opened(route, call)
        self._admit(call)
        reply = route.handler(call)
        return reply if isinstance(reply, Reply) else await reply

    def knows(self, method: str, path: str) -> bool:
        """Say whether a call has a route here."""
        return self._found(method, path) is not None

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        found = self._found(method, path)
        if found is None:
            raise NotFound("no such route; docs/wire.md lists them")
        return found

    def _found(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        if path.startswith(self._prefix):
            given = path[len(self._prefix) :].split("/")
            for parts, route in self._table.get((method, len(given)), ()):
                if (params := _match(parts, given)) is not None:
                    return route, params
        return None


async def _opened(route: Route, call: Call) -> Reply:
    """Answer anyone; a browser's page of whatever origin may read why it was refused."""
    try:
        reply = route.handler(call)
        return reply if isinstance(reply, Reply) else await reply
    except Refusal as refusal:
        refused = _refused(refusal.status, code=refusal.code, message=refusal.message)
        refused.headers.append((b"access-control-allow-origin", b"*"))
        return refused


def _match(parts: list[str], given: list[str]) -> dict[str, str] | None:
    params = {}
    for part, value in zip(parts, given, strict=True):
        if part.startswith("{") and is_id(value):
            params[part[1:-1]] = value
        elif part != value:
            return None
    return params


def _refused(status: int, *, code: str, message: str) -> Reply:
    return as_json({"error": {"message": message, "code": code}, "message": message}, status=status)


async def send_reply(reply: Reply, send: Send) -> None:
    """Put a reply on the wire."""
    await send({"type": "http.response.start", "status": reply.status, "headers": [_SERVER, *reply.headers]})
    if isinstance(reply.body, bytes):
        await send({"type": "http.response.body", "body": reply.body})
        return
    with closing(reply.body) as chunks:
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
