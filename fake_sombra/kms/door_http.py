"""The door for gateways that are their own process: AWS JSON 1.1 on `POST /`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from fake_sombra.http import AsgiApp, Scope
from fake_sombra.kms.asgi import BodyTooLarge, CallerGone, Receive, Send, hang_up, read_body, send_answer
from fake_sombra.kms.incoming import Incoming
from fake_sombra.kms.protocol import exchange, too_large
from fake_sombra.kms.replies import Reply, refusal
from fake_sombra.kms.state import Kms

_AT_ONCE: Final = 32


def product_app(kms: Kms, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> AsgiApp:
    """The product port (docs/wire.md, "KMS front"); one endpoint serves all regions.

    Answers that a fault delays wait in `sleep`.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            incoming = _incoming(scope, await read_body(receive))
            reply = await _beside(kms, incoming) if kms.is_remote else exchange(kms, incoming)
        except CallerGone:
            return
        except BodyTooLarge:
            refused = too_large()
            kms.note_refused("", refused)
            reply = refusal(refused)
        if reply.delay_s:
            await sleep(reply.delay_s)
        if reply.cut:
            await hang_up(send)
            return
        await send_answer(send, reply.status, reply.headers, reply.body)

    return app


def _incoming(scope: Scope, body: bytes) -> Incoming:
    headers: dict[bytes, bytes] = dict(scope["headers"])

    def header(name: str) -> str | None:
        value = headers.get(name.encode("latin-1"))
        return None if value is None else value.decode("latin-1")

    return Incoming(header, body, scope["method"], scope["path"], scope["query_string"].decode("latin-1"))


async def _beside(kms: Kms, request: Incoming) -> Reply:
    """In a thread, for the KMS behind this one may keep the call waiting, and other callers need not."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), exchange, kms, request)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="kms-upstream")
