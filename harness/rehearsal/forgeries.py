"""Tokens that must never open: another request's, changed, unsigned, of another kind or key; each really tried."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from harness.rehearsal.browser import Browser
from harness.rehearsal.exchange import context_of, logged_in
from harness.rehearsal.overheard import claims_of
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.wire import Ingress
from harness.target import Call

_NOT_SIGNED = "signature_invalid"
_HS384 = '{"alg":"HS384","typ":"JWT"}'
_UNSIGNED = ('{"alg":"none","typ":"JWT"}', '{"alg":"None","typ":"JWT"}')


@dataclass(frozen=True, slots=True)
class Forgery:
    """A call that holds a wrong token, and the cause it must be refused with; none for the genuine one."""

    name: str
    call: Call
    cause: str = _NOT_SIGNED


def try_forgeries(r: Rehearsal, *, genuine: str = "") -> None:
    """Make each call, the one with the genuine context first; `genuine` is the cause it is refused with, if it is."""
    forgeries = [*_contexts(r, genuine), *_kinds(r), *_sessions(r)]
    for forgery, reply in zip(forgeries, r.exchange([each.call for each in forgeries]), strict=True):
        r.record(
            "forgery", name=forgery.name, expected=forgery.cause, ok=reply.ok, cause=reply.cause, status=reply.status
        )


def _contexts(r: Rehearsal, genuine: str) -> Iterator[Forgery]:
    """A request's context, changed, or used where it does not belong."""
    one, other = (request.handle["id"] for request in r.ledger.of_latest("request", "before")[:2])
    context = context_of(r, one)
    header, claims, signature = context.split(".")
    renamed = _encoded(json.dumps({**claims_of(context), "requestId": other}))
    empty = _signed(claims, b"")
    tokens = {
        "with another request's name": f"{header}.{renamed}.{signature}",
        "with a damaged signature": f"{header}.{claims}.{_damaged(signature)}",
        "with a damaged end": f"{header}.{claims}.{signature[:-1]}{_damaged(signature[-1])}",
        "with half a signature": f"{header}.{claims}.{signature[: len(signature) // 2]}",
        "without a signature": f"{header}.{claims}.",
        "signed with an empty key": empty,
        "signed with the published key": _signed(claims, r.exchange([r.customer.public_key()])[0].body),
        **{f"unsigned, {which}": f"{_encoded(which)}.{claims}." for which in _UNSIGNED},
        **{f"{which}, and signed": f"{_encoded(which)}.{claims}.{signature}" for which in _UNSIGNED},
    }
    yield Forgery("a genuine context", _open(r, one, context), genuine)
    yield Forgery("a context of another request", _open(r, other, context), "context_mismatch")
    yield Forgery("a webhook about another request", _webhook(r, other, context), "context_mismatch")
    yield Forgery("a browser's key of another request", _rewrap(r, other, context), "context_mismatch")
    yield from (Forgery(f"a context {name}", _open(r, one, token)) for name, token in tokens.items())


def _kinds(r: Rehearsal) -> Iterator[Forgery]:
    """Tokens of every kind where one of another kind belongs."""
    one = r.ledger.of_latest("request", "before")[0].handle["id"]
    integration = r.need("register integration", [r.customer.register_saas({"apiKey": "forgery"})])[0].body.decode()
    kept = {
        kind: r.ledger.of_latest(kind, "before")[0].handle["token"] for kind in ("nonce", "download_key", "session")
    }
    others = {"an integration": integration, "a request": context_of(r, one)}
    tokens = {**others, **{f"a {kind.replace('_', ' ')}": token for kind, token in kept.items()}}
    for name, token in tokens.items():
        if name != "a request":
            yield Forgery(f"{name} as a context", _open(r, one, token))
        if name != "a nonce":
            yield Forgery(f"{name} as a nonce", r.customer.answer(token, []))
        if name != "a download key":
            yield Forgery(f"{name} as a download key", r.customer.download(token))
        if name != "an integration":
            told = {"integrationId": "i0", "integrationContext": token, "path": "/me"}
            yield Forgery(f"{name} as an integration", Ingress(r.secrets)("proxy-saas", told))
        if name != "a session":
            yield Forgery(f"{name} as a session", _login(r, "employee", token))


def _sessions(r: Rehearsal) -> Iterator[Forgery]:
    """Sessions of the other audience, and none where a key is asked for."""
    one = r.ledger.of_latest("request", "before")[0].handle["id"]
    context = context_of(r, one)
    by_audience = {each.handle["audience"]: each.handle["token"] for each in r.ledger.of("session")}
    for audience, other in (("employee", "data_subject"), ("data_subject", "employee")):
        if other in by_audience:
            yield Forgery(f"a session of a {other} as one of a {audience}", _login(r, audience, by_audience[other]))
    if "employee" in by_audience:
        yield Forgery("a browser's key for an employee", _rewrap(r, one, context, session=by_audience["employee"]))
    yield Forgery("a browser's key without a session", _rewrap(r, one, context, session="none"))


def _open(r: Rehearsal, request_id: str, token: str) -> Call:
    return Ingress(r.secrets)("open-context", {"requestId": request_id, "encryptedCEKContext": token})


def _webhook(r: Rehearsal, request_id: str, context: str) -> Call:
    about = {"requestId": request_id, "dataSiloId": "crm", "coreIdentifier": "forged", "type": "ACCESS", "url": None}
    return Ingress(r.secrets)("webhook", {**about, "encryptedCEKContext": context})


def _rewrap(r: Rehearsal, request_id: str, context: str, *, session: str = "") -> Call:
    session = session or logged_in(r, "data_subject", "data-subject")
    asked = {"session": session, "publicKey": Browser().public_key}
    return Ingress(r.secrets)("rewrap-for-session", {"requestId": request_id, "encryptedCEKContext": context, **asked})


def _login(r: Rehearsal, audience: str, session: str) -> Call:
    return Ingress(r.secrets)("login", {"audience": audience, "session": session})


def _signed(claims: str, key: bytes) -> str:
    """Signed as Sombra signs, with a key that anyone may have."""
    text = f"{_encoded(_HS384)}.{claims}"
    return f"{text}.{_encoded(hmac.digest(key, text.encode(), 'sha384'))}"


def _damaged(signature: str) -> str:
    return ("B" if signature[0] == "A" else "A") + signature[1:]


def _encoded(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
