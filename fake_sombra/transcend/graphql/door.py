"""`POST /graphql`: what is HTTP about it. graphql-core is loaded by the first query, not at the start."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from fake_sombra.errors import NotAuthenticated, Refusal
from fake_sombra.http import Scope
from fake_sombra.logs import Log
from fake_sombra.transcend.calls import Call, Disconnected, Receive, Reply, as_json
from fake_sombra.transcend.graphql.services import Asker, Services
from fake_sombra.transcend.routing import Send, send_reply

if TYPE_CHECKING:
    from fake_sombra.transcend.graphql.engine import Asked, Engine

_ENGINE: Final = "fake_sombra.transcend.graphql.engine"
_JSON: Final = re.compile(r"application/(json|graphql-response\+json)\s*(;.*)?", re.IGNORECASE)
_ALLOWED: Final = "OPTIONS, POST"
_CORS: Final = (b"access-control-allow-origin", b"*")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class _NotOffered(Refusal):
    """The request is not of the kind this address takes."""

    code = "bad_request"

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.http_status = status


class GraphqlDoor:
    """An ASGI application for one address; `admit` raises for a caller without an API key."""

    def __init__(self, services: Services, *, admit: Callable[[Call], None], log: Log) -> None:
        self._services = services
        self._admit = admit
        self._log = log
        self._loaded: Engine | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised, and every answer is shaped as GraphQL clients expect."""
        call = Call(scope, receive, {})
        try:
            reply = await self._reply(call)
        except Disconnected:
            return
        except _NotOffered as refusal:
            reply = _errors(refusal.message, refusal.code, status=refusal.http_status)
        except Refusal as refusal:
            reply = _errors(refusal.message, refusal.code, status=refusal.status)
        except Exception as error:  # noqa: BLE001  the ASGI edge: a caller gets an answer, the log gets the kind
            self._log("error", "failed", code="internal", kind=type(error).__name__, route="POST /graphql")
            reply = _errors("the stand-in failed; its log names the kind of error", "internal", status=500)
        reply.headers.append(_CORS)
        await send_reply(reply, send)

    async def _reply(self, call: Call) -> Reply:
        method = call.scope["method"]
        if method == "OPTIONS":
            asked = [(b"access-control-allow-methods", _ALLOWED.encode()), (b"access-control-allow-headers", b"*")]
            return Reply(status=204, headers=[(b"allow", _ALLOWED.encode()), *asked])
        if method != "POST":
            reply = _errors(f"this address takes {_ALLOWED}", "bad_request", status=405)
            reply.headers.append((b"allow", _ALLOWED.encode()))
            return reply
        if not _JSON.fullmatch(call.header(b"content-type") or "application/json"):
            raise _NotOffered("send 'content-type: application/json'", status=415)
        content = (await call.json()).content
        engine, asked_for = await self._engine(), _asked(content)
        return as_json(await engine.run(asked_for, self._asker(call)))

    async def _engine(self) -> Engine:
        if self._loaded is None:
            module: Any = await asyncio.to_thread(importlib.import_module, _ENGINE)
            self._loaded = module.Engine(self._services, log=self._log)
        return self._loaded

    def _asker(self, call: Call) -> Asker:
        origin = f"{call.scope.get('scheme', 'http')}://{call.header(b'host') or '127.0.0.1'}"
        try:
            self._admit(call)
        except NotAuthenticated:
            return Asker(is_admitted=False, origin=origin)
        return Asker(is_admitted=True, origin=origin)


def _asked(content: Mapping[str, Any]) -> Asked:
    from fake_sombra.transcend.graphql.engine import Asked  # noqa: PLC0415  loaded by then; see `_engine`

    query, variables, name = (content.get(member) for member in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query.strip():
        raise _NotOffered("'query' is missing or not a text", status=400)
    if variables is not None and not isinstance(variables, dict):
        raise _NotOffered("'variables' is not an object", status=400)
    if name is not None and not isinstance(name, str):
        raise _NotOffered("'operationName' is not a text", status=400)
    if "\\u0000" in (text := json.dumps(variables or {}, ensure_ascii=False)) or _UNSTORABLE.search(text + query):
        raise _NotOffered("a text holds a character that cannot be stored", status=400)
    return Asked(query, variables or {}, name or None)


def _errors(message: str, code: str, *, status: int) -> Reply:
    return as_json({"errors": [{"message": message, "extensions": {"code": code}}]}, status=status)
