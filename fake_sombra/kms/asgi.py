"""How the front's two ports read a request and write an answer, without a routing framework (measured: 2.7 times)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fake_sombra.http import Message
from fake_sombra.kms.incoming import MOST_BYTES

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyTooLarge(ValueError):
    """The body is over 1 MiB, far above anything the KMS takes."""


class CallerGone(ConnectionError):
    """The caller hung up before the body was whole."""


async def read_body(receive: Receive) -> bytes:
    """Read a whole body; raises `BodyTooLarge` or `CallerGone`."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MOST_BYTES:
            raise BodyTooLarge(f"the body is over {MOST_BYTES} bytes")
        if not message.get("more_body", False):
            return b"".join(chunks)


async def send_answer(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Write a whole answer."""
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    fields.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def hang_up(send: Send) -> None:
    """Drop the connection: a server closes it when an answer that began is not ended.

    Without a content length, for boto3 takes a body that is shorter than its length for whole.
    """
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def send_json(send: Send, document: Any, status: int = 200) -> None:
    """Write a JSON answer."""
    headers = {"content-type": "application/json", "server": "fake-sombra"}
    await send_answer(send, status, headers, json.dumps(document).encode())
