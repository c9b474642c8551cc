"""The door for gateways that are their own process: AWS JSON 1.1 on `POST /`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fake_sombra.http import AsgiApp, Scope
from fake_sombra.kms.asgi import BodyTooLarge, CallerGone, Receive, Send, hang_up, read_body, send_answer
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.incoming import Incoming
from fake_sombra.kms.protocol import exchange, too_large
from fake_sombra.kms.replies import Reply, refusal
from fake_sombra.kms.state import Kms


def product_app(kms: Kms, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> AsgiApp:
    """The product port (docs/wire.md, "KMS front"); one endpoint serves all regions.

    Answers that a fault delays wait in `sleep`.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            reply = _answer(kms, scope, await read_body(receive))
        except CallerGone:
            return
        except BodyTooLarge:
            refused = too_large()
            kms.note_refused("", refused)
            reply = refusal(refused)
        except Exception:  # noqa: BLE001  # the ASGI edge: a bug here must look like a failing KMS, without text
            reply = refusal(KmsError("KMSInternalException", "", 500))
        if reply.delay_s:
            await sleep(reply.delay_s)
        if reply.cut:
            await hang_up(send)
            return
        await send_answer(send, reply.status, reply.headers, reply.body)

    return app


def _answer(kms: Kms, scope: Scope, body: bytes) -> Reply:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return exchange(kms, Incoming(headers.get, body, scope["method"], scope["path"], query))
