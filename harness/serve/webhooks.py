"""Webhooks as a customer's receiver meets them: a fresh `x-sombra-token`, and a whole one sent to this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt

from harness.serve.guard import is_loopback
from harness.serve.hands_on import HandsOn
from harness.serve.refusal import PassedOn, bad_request

KINDS = ("job", "preflight")
_SILO = "crm"


def token(hands: HandsOn) -> dict[str, Any]:
    """A token that the running gateway signs now, with its audience, its value and its end; raises `PassedOn`.

    Taken from the webhook of the oldest request, or else of the newest: a gateway that does not know the key of a
    request's context makes no webhook for it.
    """
    nodes = hands.must(hands.r.cloud("GET", "requests?first=1000")).json["nodes"]
    ids = [nodes[0]["id"], nodes[-1]["id"]]
    unsent = {"dataSiloId": _SILO, "url": None}
    replies = hands.ask(*(hands.r.cloud("POST", f"requests/{each}/webhook", unsent) for each in ids))
    reply = next((each for each in replies if each.ok), None)
    if reply is None:
        raise PassedOn(replies[0])
    signed = str(reply.json["headers"]["x-sombra-token"])
    claims = jwt.decode(signed, options={"verify_signature": False})
    return {"token": signed, **{name: claims.get(name) for name in ("aud", "value", "exp")}}


def send(hands: HandsOn, about: Mapping[str, str], *, url: str, request_id: str) -> dict[str, Any]:
    """Have the gateway post a request's webhook to a receiver on this machine; the receiver's status.

    `about` is what the stand-in is told of it: a job's `dataSiloId`, or the `kind` of a preflight check.

    Raises `Refusal` for an address elsewhere, `PassedOn` when the gateway makes no webhook or nobody receives it.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not is_loopback(parts.netloc):
        raise bad_request("url is no http or https address on this machine; write http://127.0.0.1:<port>/<path>")
    reply = hands.must(hands.r.cloud("POST", f"requests/{request_id}/webhook", {**about, "url": url}))
    kind, status = about.get("kind", KINDS[0]), reply.json["status"]
    hands.feed.say(f"a {kind} webhook of request {request_id} was sent; the receiver answered {status}")
    return {"status": status}
