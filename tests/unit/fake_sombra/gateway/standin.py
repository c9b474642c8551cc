"""A small Transcend's cloud in memory: the gateway's half of docs/wire.md, and every write it received."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from fake_sombra.http import Message, Scope

_IN_FLIGHT = {
    "REQUEST_MADE",
    "ENRICHING",
    "ON_HOLD",
    "WAITING",
    "COMPILING",
    "APPROVING",
    "DELAYED",
    "SECONDARY",
    "SECONDARY_APPROVING",
}
_STEPS = {
    "enrich": {"REQUEST_MADE": "COMPILING", "ENRICHING": "COMPILING"},
    "confirm": {"COMPILING": "APPROVING", "SECONDARY": "SECONDARY_COMPLETED"},
    "answer": {status: status for status in _IN_FLIGHT},
}


class _No(Exception):  # an answer, not an error of the test
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(slots=True)
class StoredFile:
    """One ciphertext and what stands beside it."""

    request_id: str
    ciphertext: bytes
    tag: str
    headers: dict[str, str]

    def flip(self) -> None:
        """Damage the last byte."""
        self.ciphertext = self.ciphertext[:-1] + bytes([self.ciphertext[-1] ^ 1])


@dataclass(slots=True)
class Standin:
    """State that tests look at and damage; `writes` counts what was stored."""

    api_key: str = "api-key"
    is_paused: bool = False
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    sets: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    syncs: list[dict[str, Any]] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    hang_up_after: int | None = None
    chunk: int = 64 << 10
    gate: asyncio.Event | None = None
    waiting: int = 0

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        if self.gate is not None:
            self.waiting += 1
            await self.gate.wait()
        try:
            self._admit(headers)
            await self._route(scope, headers, receive, send)
        except _No as no:
            await _json(send, {"error": {"message": f"refused: {no.code}", "code": no.code}}, no.status)

    def _admit(self, headers: dict[str, str]) -> None:
        if headers.get("authorization") != f"Bearer {self.api_key}":
            raise _No(401, "not_authenticated")

    async def _route(
        self,
        scope: Scope,
        headers: dict[str, str],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        path = scope["path"].removeprefix("/fake/v1")
        call = f"{scope['method']} {path}"
        (self.reads if scope["method"] == "GET" else self.writes).append(call)
        if match := re.fullmatch(r"PUT /requests/([^/]+)/files/([^/]+)", call):
            await self._upload(match[1], match[2], headers, receive)
            await _json(send, {"fileId": match[2]})
        elif match := re.fullmatch(r"GET /files/([^/]+)", call):
            await self._download(match[1], send)
        else:
            raw = b"".join([chunk async for chunk in _body(receive)])
            query = {name: value[-1] for name, value in parse_qs(scope["query_string"].decode()).items()}
            await _json(send, self._plain(call, json.loads(raw or b"{}"), query))

    def _plain(self, call: str, body: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        if call == "POST /requests":
            return {"request": self._submit(body)}
        if call == "POST /config-sync":
            self.syncs.append(body)
            return {"done": True}
        match = re.fullmatch(r"(GET|POST) /requests/([^/]+)(?:/(\w+))?", call)
        if match is None:
            raise _No(404, "not_found")
        if match[3] == "identifiers":
            return self._identifiers(match[2], body)
        if match[3] == "files":
            return self._list(match[2], int(query["limit"]), int(query["offset"]))
        return self._advance(match[2], body["step"]) if match[3] else self._found(match[2])

    def _identifiers(self, request_id: str, body: dict[str, Any]) -> dict[str, Any]:
        self._found(request_id)
        if not body:
            return {"sets": self.sets.get(request_id, [])}
        self.sets.setdefault(request_id, []).append(body)
        return {"setId": "set"}

    def _advance(self, request_id: str, step: str) -> dict[str, Any]:
        request = self._found(request_id)
        if self.is_paused or request["status"] not in _STEPS[step]:
            raise _No(409, "conflict")
        request["status"] = _STEPS[step][request["status"]]
        return {"status": request["status"]}

    def _submit(self, body: dict[str, Any]) -> dict[str, Any]:
        request_id, asked = body["requestId"], body["request"]
        if body["restart"] != (request_id in self.requests):
            raise _No(404 if body["restart"] else 409, "not_found" if body["restart"] else "conflict")
        subject = asked["subject"]
        self.requests[request_id] = {
            "id": request_id,
            "status": "REQUEST_MADE",
            "type": asked["type"],
            "subjectType": asked["subjectType"],
            "coreIdentifier": subject.get("coreIdentifier"),
            "email": subject.get("email"),
            "encryptedCEKContext": body["encryptedCEKContext"],
        }
        return {key: value for key, value in self.requests[request_id].items() if "CEK" not in key}

    def _list(self, request_id: str, limit: int, offset: int) -> dict[str, Any]:
        nodes = [
            {
                "fileId": file_id,
                "fileName": unquote(file.headers["x-file-name"]),
                "mimetype": file.headers["x-file-mimetype"],
                "size": len(file.ciphertext),
                "dataSilo": {"id": file.headers["x-data-silo-id"], "title": "silo"},
                "encryptedCEKContext": file.headers["x-cek-context"],
            }
            for file_id, file in self.files.items()
            if file.request_id == request_id
        ]
        return {"totalCount": len(nodes), "nodes": nodes[offset : offset + limit]}

    async def _upload(
        self,
        request_id: str,
        file_id: str,
        headers: dict[str, str],
        receive: Callable[[], Awaitable[Message]],
    ) -> None:
        if self._found(request_id)["status"] not in _IN_FLIGHT:
            raise _No(409, "conflict")
        raw = b"".join([chunk async for chunk in _body(receive)])
        tag = b64encode(raw[-16:]).decode()
        self.files[file_id] = StoredFile(request_id, raw[:-16], tag, headers)

    async def _download(self, file_id: str, send: Callable[[Message], Awaitable[None]]) -> None:
        file = self.files.get(file_id)
        if file is None:
            raise _No(404, "not_found")
        headers = {
            "content-length": str(len(file.ciphertext)),
            "x-file-iv": file.headers["x-file-iv"],
            "x-file-auth-tag": file.tag,
            "x-file-mimetype": file.headers["x-file-mimetype"],
            "x-request-id": file.request_id,
        }
        await send(_start(200, headers))
        sent = 0
        for start in range(0, len(file.ciphertext), self.chunk):
            if self.hang_up_after is not None and sent >= self.hang_up_after:
                raise ConnectionResetError
            piece = file.ciphertext[start : start + self.chunk]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += len(piece)
        await send({"type": "http.response.body", "body": b""})

    def _found(self, request_id: str) -> dict[str, Any]:
        if request_id not in self.requests:
            raise _No(404, "not_found")
        return self.requests[request_id]


async def _body(receive: Callable[[], Awaitable[Message]]) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


def _start(status: int, headers: dict[str, str]) -> Message:
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


async def _json(send: Callable[[Message], Awaitable[None]], content: object, status: int = 200) -> None:
    raw = json.dumps(content).encode()
    await send(_start(status, {"content-length": str(len(raw)), "content-type": "application/json"}))
    await send({"type": "http.response.body", "body": raw})
