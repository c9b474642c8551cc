"""Who is let in: every route without its credentials, with wrong ones, and at the listener where it is not."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.artifacts import Submitted
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call, Secrets

_INTERNAL, _API, _SECRET = "x-sombra-authorization", "authorization", "x-fake-ingress-secret"
_WITHOUT_TRANSCEND = frozenset({"POST /v1/data-silo", "POST /v1/custom/sign", "POST /v1/register-saas"})
"""Where nothing is asked of Transcend's cloud, which alone knows the API keys: an empty answer, what is only signed."""
_FURTHER = b64encode(hashlib.sha256(b"a further internal key").digest()).decode()
INGRESS = (
    "open-context",
    "rewrap-for-session",
    "exchange-key",
    "re-sign-context",
    "re-sign-integration",
    "proxy-saas",
    "login",
    "consent/encrypt",
    "consent/lookup",
    "webhook",
)


@dataclass(frozen=True, slots=True)
class Knock:
    """One call; `causes` are those it may be refused with, none where it must be let in."""

    route: str
    how: str
    call: Call
    causes: tuple[str, ...] = ("not_authenticated",)


def with_a_further_key(hashes: str) -> str:
    """INTERNAL_KEY_HASH with the hash of a further internal key in front; each one listed admits (sombra.md 2.2)."""
    first = b64encode(hashlib.sha256(b64decode(_FURTHER)).digest()).decode()
    return f"{first},{hashes}" if hashes else first


def knock_everywhere(r: Rehearsal) -> None:
    """Try every door; nothing may happen behind one, so a fork is the place for it.

    The gateway must have been started `with_a_further_key`.
    """
    r.need("a call that is let in", [r.customer.read(r.ledger.of("file")[0].handle["id"])])  # some keep what they heard
    knocks = [*_listed(r), *_customer(r), *_ingress(r), *_elsewhere(r)]
    for knock, reply in zip(knocks, r.exchange([each.call for each in knocks]), strict=True):
        r.record(
            "knock",
            route=knock.route,
            how=knock.how,
            expected=list(knock.causes),
            ok=reply.ok,
            cause=reply.cause,
            status=reply.status,
        )


def _listed(r: Rehearsal) -> Iterator[Knock]:
    """Keys are rotated by listing two; the rehearsal's own stands last, behind the operator's."""
    call = r.customer.read(r.ledger.of("file")[0].handle["id"])
    for how, key in (("with the first internal key", _FURTHER), ("with the last internal key", r.secrets.internal_key)):
        yield Knock(_named(call), how, replace(call, headers=_with(call.headers, {_INTERNAL: f"Bearer {key}"})), ())


def _named(call: Call) -> str:
    return f"{call.method} {call.path.partition('?')[0]}"


def _customer(r: Rehearsal) -> Iterator[Knock]:
    for call in customer_routes(r):
        route = _named(call)
        for how, changed in _wrong_keys(r.secrets).items():
            yield Knock(route, how, replace(call, headers=_with(call.headers, changed)))
        if route not in _WITHOUT_TRANSCEND:
            other = _with(call.headers, {_API: "Bearer another-api-key"})
            yield Knock(route, "with another API key", replace(call, headers=other))


def customer_routes(r: Rehearsal) -> list[Call]:
    """Each route of the customer ingress that asks for credentials (docs/wire.md), with good content."""
    file, nonce = r.ledger.of("file")[0], r.ledger.of("nonce")[0].handle["token"]
    draft = Submitted("r-door", "", "COMPILING", "door@example.com", "core-door")
    return [
        r.customer.download(r.ledger.of("download_key")[0].handle["token"]),
        r.customer.submit(draft),
        r.customer.read(file.handle["id"]),
        r.customer.download_keys(file.handle["id"]),
        r.customer.identifiers(file.handle["id"]),
        r.customer.enrich(nonce, "door@example.com"),
        r.customer.answer(nonce, []),
        r.customer.confirm(nonce),
        r.customer.datapoint(nonce, "door.bin", b"door"),
        r.customer.datapoint_page(nonce, "door", ["door"]),
        r.customer.pending_requests("door", "ACCESS"),
        r.customer.sign_code("door"),
        r.customer.register_saas({"apiKey": "door"}),
    ]


def _wrong_keys(secrets: Secrets) -> Mapping[str, Mapping[str, str | None]]:
    other = b64encode(hashlib.sha256(b"another internal key").digest()).decode()
    cut = b64encode(b64decode(secrets.internal_key)[:-1]).decode()
    return {
        "without the internal key": {_INTERNAL: None},
        "with an empty internal key": {_INTERNAL: "Bearer "},
        "with another internal key": {_INTERNAL: f"Bearer {other}"},
        "with a part of the internal key": {_INTERNAL: f"Bearer {cut}"},
        "with the hash for the internal key": {_INTERNAL: f"Bearer {secrets.internal_key_hash}"},
        "with the internal key in the misnamed header": {
            _INTERNAL: None,
            "x-sombra-authentication": f"Bearer {secrets.internal_key}",
        },
        "without an API key": {_API: None},
    }


def _with(headers: Mapping[str, str], changed: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**headers, **changed}
    return {name: value for name, value in merged.items() if value is not None}


def _ingress(r: Rehearsal) -> Iterator[Knock]:
    for route in INGRESS:
        for how, secret in (("without the shared secret", None), ("with another secret", "another")):
            headers = {"content-type": "application/json", **({} if secret is None else {_SECRET: secret})}
            yield Knock(route, how, Call("POST", "ingress", f"/fake/v1/{route}", headers, b"{}"))


def _elsewhere(r: Rehearsal) -> Iterator[Knock]:
    """The routes of one listener asked for at another: whoever reaches one must not reach both."""
    shut = ("not_found", "not_authenticated")
    good = {_SECRET: r.secrets.ingress_secret, "content-type": "application/json"}
    for route in INGRESS:
        yield Knock(
            route, "at the customer's listener", Call("POST", "customer", f"/fake/v1/{route}", good, b"{}"), shut
        )
    for call in customer_routes(r)[:3]:
        yield Knock(_named(call), "at Transcend's listener", replace(call, place="ingress"), shut)
    for place in ("customer", "ingress"):
        yield Knock("/state", f"at the {place} listener", Call("GET", place, "/state", good), shut)
