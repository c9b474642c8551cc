"""The KMS's own control plane: keys, states, denials, the journal; never on the product port (docs/wire.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from fake_sombra.http import AsgiApp, Scope
from fake_sombra.kms.door_http import _body, _send
from fake_sombra.kms.state import Kms

Answer = dict[str, Any]


def control_app(kms: Kms) -> AsgiApp:
    """Loopback only, no credentials."""
    posts: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
        "/keys": lambda b: kms.add_key(
            b["arn"], spec=b.get("spec", "SYMMETRIC_DEFAULT"), usage=b.get("usage", "ENCRYPT_DECRYPT")
        ),
        "/keys/state": lambda b: kms.set_state(b["arn"], b["state"]),
        "/keys/rotate": lambda b: kms.rotate(b["arn"]),
        "/keys/forget": lambda b: kms.forget(b["arn"]),
        "/aliases": lambda b: kms.add_alias(b["alias_arn"], b["key_arn"]),
        "/deny": lambda b: kms.deny(b["action"]),
        "/allow": lambda b: kms.allow(b["action"]),
    }

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, document = _get(kms, scope) if scope["method"] == "GET" else _post(posts, scope, await _body(receive))
        await _send(send, status, document)

    return app


def _get(kms: Kms, scope: Scope) -> tuple[int, Answer]:
    if scope["path"] == "/journal":
        since = parse_qs(scope["query_string"].decode()).get("since", ["0"])[0]
        return (200, {"calls": kms.journal.since(int(since))}) if since.isdigit() else _problem(400, "since: a number")
    if scope["path"] == "/snapshot":
        return 200, kms.snapshot()
    return _problem(404, "no such control")


def _post(posts: Mapping[str, Callable[[Mapping[str, Any]], None]], scope: Scope, body: bytes) -> tuple[int, Answer]:
    change = posts.get(scope["path"])
    if change is None:
        return _problem(404, "no such control")
    try:
        document = json.loads(body or b"{}")
        change(document)
    except KeyError as error:
        return _problem(404, f"no such key, or a missing field: {error}")
    except (ValueError, TypeError) as error:
        return _problem(400, str(error))
    return 200, {"done": True}


def _problem(status: int, message: str) -> tuple[int, Answer]:
    code = "not_found" if status == 404 else "bad_request"  # noqa: PLR2004
    return status, {"error": {"message": message, "code": code}, "message": message}
