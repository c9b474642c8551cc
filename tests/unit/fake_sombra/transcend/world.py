"""A stand-in in this process, with a scripted gateway beside it, for tests to speak to."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_sombra.http import AsgiApp, Body, Loopback, Message, Request, Scope
from fake_sombra.logs import Collected
from fake_sombra.transcend.app import Standin, create
from fake_sombra.transcend.store import Store

KEY: Final = "rehearsal-api-key"
SECRET: Final = "shared-ingress-secret"
CONTEXT: Final = "h.ctx1.s"
IV: Final = base64.b64encode(bytes(12)).decode()
SUBMISSION: Final[dict[str, Any]] = {
    "type": "ACCESS",
    "subjectType": "customer",
    "subject": {"coreIdentifier": "core-1", "email": "ada@example.com"},
    "region": {"country": "GB"},
    "attributes": [{"key": "Tags", "values": ["one", "two"]}],
}


@dataclass(frozen=True)
class Seen:
    """An answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        content = json.loads(self.body)
        assert isinstance(content, dict)
        return content

    @property
    def code(self) -> str:
        return str(self.content["error"]["code"])


@dataclass
class ScriptedGateway:
    """Answers each route of the Transcend ingress as told, and remembers what it was asked."""

    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)

    def refuse(self, route: str, code: str, *, status: int = 500) -> None:
        self.answers[route] = (status, {"error": {"code": code, "message": code}, "message": code})

    async def app(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        route = str(scope["path"]).removeprefix("/fake/v1/")
        secret = dict(scope["headers"]).get(b"x-fake-ingress-secret", b"").decode()
        self.asked.append((route, json.loads(body or b"{}"), secret))
        status, content = self.answers[route]
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})


class World:
    """One stand-in, its clock, and helpers that do what a gateway would."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 1_800_000_000.0
        self.gateway = ScriptedGateway()
        self.log = Collected()
        self.network = Loopback()
        ids = itertools.count(1)
        self.standin: Standin = create(
            store,
            transport=self.network,
            gateway_url="http://gateway.fake",
            ingress_secret=SECRET,
            api_keys=[KEY, "another-key"],
            clock=lambda: self.now,
            new_id=lambda: f"id-{next(ids):04d}",
            log=self.log,
        )
        self.network.listen("http://gateway.fake", self.gateway.app)
        self.network.listen("http://product.fake", self.standin.product)
        self.network.listen("http://control.fake", self.standin.control)

    def product(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        *,
        body: Body = b"",
        headers: Mapping[str, str] | None = None,
        key: str | None = KEY,
    ) -> Seen:
        sent = {**({} if key is None else {"authorization": f"Bearer {key}"}), **(headers or {})}
        body = body if content is None else json.dumps(content).encode()
        return exchange(self.network, Request(method, f"http://product.fake/fake/v1/{path}", sent, body))

    def graphql(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        key: str | None = KEY,
        **more: Any,
    ) -> dict[str, Any]:
        """Ask one document as clients do, and return the answer, which is always a 200."""
        body = json.dumps({"query": query, "variables": variables or {}, **more}).encode()
        headers = {"content-type": "application/json", **({} if key is None else {"authorization": f"Bearer {key}"})}
        seen = exchange(self.network, Request("POST", "http://product.fake/graphql", headers, body))
        assert (seen.status, seen.headers["content-type"]) == (200, "application/json")
        return seen.content

    def told(self, query: str, variables: Mapping[str, Any] | None = None, **more: Any) -> tuple[str, str]:
        """Ask a document that must fail; message and code of its only error."""
        (error,) = self.graphql(query, variables, **more)["errors"]
        return error["message"], error["extensions"]["code"]

    def control(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Seen:
        body = b"" if content is None else json.dumps(content).encode()
        return exchange(self.network, Request(method, f"http://control.fake/{path}", {}, body))

    def submit(self, request_id: str = "r1", *, token: str = CONTEXT, restart: bool = False) -> Seen:
        told = {
            "requestId": request_id,
            "restart": restart,
            "encryptedCEKContext": token,
            "request": SUBMISSION,
        }
        return self.product("POST", "requests", told)

    def upload(
        self,
        file_id: str = "f1",
        *,
        request_id: str = "r1",
        sealed: Body = b"ciphertext" + b"t" * 16,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        label = {
            "x-file-name": "folder%2Fcaf%C3%A9.json",
            "x-file-mimetype": "application/json",
            "x-file-iv": IV,
            "x-cek-context": CONTEXT,
            "x-data-silo-id": "silo-1",
        }
        given = {**label, **(headers or {})}
        return self.product("PUT", f"requests/{request_id}/files/{file_id}", body=sealed, headers=given)

    def put_status(self, status: str, request_id: str = "r1") -> None:
        assert self.control("POST", f"requests/{request_id}/status", {"status": status}).status == 200


def exchange(network: Loopback, request: Request) -> Seen:
    """Send one request and read the whole answer."""

    async def run() -> Seen:
        async with network.send(request) as answer:
            return Seen(answer.status, answer.headers, await answer.read())

    return asyncio.run(run())


async def in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    """Cut a body into chunks."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def run_app(app: AsgiApp, scope: Scope, messages: list[Message]) -> list[Message]:
    """Feed an application the messages given, then nothing more, and return what it sent."""
    sent: list[Message] = []
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent
