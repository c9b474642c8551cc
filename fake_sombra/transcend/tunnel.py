"""How customers reach a gateway through Transcend's cloud: a relay that says 502 or 503 while Sombra is down.

sombra.md 1.5 and 6.8; fidelity.md#tunnel. It knows one address, and adds and takes away nothing but the prefix.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from fake_sombra.errors import BadRequest, NotFound
from fake_sombra.http import Answer, Body, NoAnswer, Request, Scope, Transport
from fake_sombra.transcend.calls import Call, Disconnected, Receive, Reply, as_json
from fake_sombra.transcend.routing import Send, send_reply

PREFIX: Final = "/tunnel"
DOWN: Final = {502: "bad gateway", 503: "service unavailable"}
_OF_ONE_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host", "date"}
)


class Tunnel:
    """An ASGI application that passes calls on; `down_status` is what it answers while nobody is there."""

    def __init__(self, transport: Transport, *, target: str | None) -> None:
        self._transport = transport
        self._target = target
        self.down_status = 502

    def choose(self, status: int) -> None:
        """Answer this status from now on; raise `BadRequest` when it is neither 502 nor 503."""
        if status not in DOWN:
            raise BadRequest("'down_status' is neither 502 nor 503")
        self.down_status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one call on and its answer back; an answer that breaks off breaks off here as well."""
        if scope["type"] != "http":
            return
        if self._target is None:
            refusal = NotFound("this stand-in has no tunnel; start it with one")
            await send_reply(_refused(refusal.status, refusal.code, refusal.message), send)
            return
        request = self._request(Call(scope, receive, {}), self._target)
        try:
            async with self._transport.send(request) as answer:
                await _pass_back(answer, send)
        except NoAnswer:
            words = DOWN[self.down_status]
            reply = _refused(self.down_status, "bad_gateway", f"{words}: Sombra does not answer through the tunnel")
            await send_reply(reply, send)

    def _request(self, call: Call, target: str) -> Request:
        scope = call.scope
        path = bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1").removeprefix(PREFIX)
        query = scope["query_string"].decode("latin-1")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        has_body = headers.pop("content-length", "0") != "0" or "transfer-encoding" in headers
        kept = {name: value for name, value in headers.items() if name not in _OF_ONE_HOP}
        body: Body = _chunks_of(call) if has_body else b""
        return Request(scope["method"], f"{target.rstrip('/')}{path}{'?' if query else ''}{query}", kept, body)


async def _chunks_of(call: Call) -> AsyncIterator[bytes]:
    try:
        async for chunk in call.chunks():
            yield chunk
    except Disconnected as error:
        raise NoAnswer("the caller left before its message was whole") from error


async def _pass_back(answer: Answer, send: Send) -> None:
    headers = [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in answer.headers.items()
        if name not in _OF_ONE_HOP
    ]
    begun = False
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        begun = True
        async for chunk in answer.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except NoAnswer as error:
        if begun:  # only a dropped connection can still say that the answer is not whole
            raise BrokenOff from error
        raise


class BrokenOff(ConnectionError):
    """The gateway's answer ended early, after its beginning was passed on."""


def _refused(status: int, code: str, message: str) -> Reply:
    return as_json({"error": {"message": message, "code": code}, "message": message}, status=status)
