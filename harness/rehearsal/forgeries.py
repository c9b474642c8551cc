"""Contexts that must never open: another request's, changed, unsigned, damaged, of another kind; each really tried."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call

_UNSIGNED = '{"alg":"none","typ":"JWT"}'


@dataclass(frozen=True, slots=True)
class Forgery:
    """A token to be offered for a request, and the cause it must be refused with; none for the genuine one."""

    name: str
    request_id: str
    token: str = field(repr=False)
    cause: str = "signature_invalid"


def try_forgeries(r: Rehearsal) -> None:
    """Offer each forgery to the Transcend ingress, the genuine context first."""
    for forgery in _forgeries(r):
        reply = r.exchange([_open(r, forgery)])[0]
        r.record("forgery", name=forgery.name, expected=forgery.cause, ok=reply.ok, cause=reply.cause)


def _forgeries(r: Rehearsal) -> Iterator[Forgery]:
    one, other = (request.handle["id"] for request in r.ledger.of("request")[:2])
    genuine = str(r.need("read a request", [r.cloud("GET", f"requests/{one}")])[0].json["encryptedCEKContext"])
    header, claims, signature = genuine.split(".")
    renamed = _encoded(json.dumps({**json.loads(_decoded(claims)), "requestId": other}))
    integration = r.need("register integration", [r.customer.register_saas({"apiKey": "forgery"})])[0].body.decode()
    yield Forgery("genuine", one, genuine, cause="")
    yield Forgery("of another request", other, genuine, cause="context_mismatch")
    yield Forgery("with another request's name", other, f"{header}.{renamed}.{signature}")
    yield Forgery("unsigned", one, f"{_encoded(_UNSIGNED)}.{claims}.")
    yield Forgery("with a damaged signature", one, f"{header}.{claims}.{_damaged(signature)}")
    yield Forgery("of an integration", one, integration)


def _open(r: Rehearsal, forgery: Forgery) -> Call:
    headers = {"content-type": "application/json", "x-fake-ingress-secret": r.secrets.ingress_secret}
    body = json.dumps({"requestId": forgery.request_id, "encryptedCEKContext": forgery.token}).encode()
    return Call("POST", "ingress", "/fake/v1/open-context", headers, body)


def _damaged(signature: str) -> str:
    return ("B" if signature[0] == "A" else "A") + signature[1:]


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
