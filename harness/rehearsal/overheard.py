"""What no log and no answer may say: keys, credentials, data subjects, content; looked for wherever it speaks."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.artifacts import Ledger, Submitted
from harness.environment import is_shown
from harness.target import Secrets

_SHORTEST = 16
"""Shorter values are numbers and switches; they would be found in any text."""
_SHORTEST_IDENTIFIER = 10
_BLOCK = 24
_OF_A_DATA_SUBJECT = "an identifier of a data subject"
_FOR_TRANSCEND = frozenset({"a request's context", "a wrapped key"})
_SUBMISSION = ("POST", "/fake/v1/requests")

Named = tuple[str, str]


def secrets_said(
    lines: Iterable[Mapping[str, object]],
    *,
    environments: Iterable[Mapping[str, str]],
    secrets: Secrets,
    ledger: Ledger,
) -> list[str]:
    """The names of what stands in the lines and must not; never what was found."""
    text = "\n".join(json.dumps(line, ensure_ascii=False, default=str) for line in lines)
    if not text:
        return []
    wanted = (*credentials(environments, secrets), *_of_ledger(ledger))
    return sorted({name for name, value in wanted if value in text})


def secrets_sent(
    arrivals: Iterable[Mapping[str, object]],
    *,
    environments: Iterable[Mapping[str, str]],
    secrets: Secrets,
    ledger: Ledger,
) -> list[str]:
    """The names of what a gateway told Transcend's cloud and must not.

    Contexts are made for it, and a submission states who the data subject is (docs/wire.md, `POST requests`).
    """
    told: dict[bool, list[Mapping[str, object]]] = {True: [], False: []}
    for each in arrivals:
        told[(each.get("method"), each.get("path")) == _SUBMISSION].append(each)
    known = tuple(environments)
    stated, rest = (
        set(secrets_said(told[is_stated], environments=known, secrets=secrets, ledger=ledger))
        for is_stated in (True, False)
    )
    return sorted((stated - {_OF_A_DATA_SUBJECT} | rest) - _FOR_TRANSCEND)


def credentials(environments: Iterable[Mapping[str, str]], secrets: Secrets) -> tuple[Named, ...]:
    """What no answer and no log may say, whoever asks: the operator's secrets and the harness's own, by name."""
    return tuple(dict.fromkeys((*_of_environments(environments), *_of_harness(secrets))))


def _of_environments(environments: Iterable[Mapping[str, str]]) -> Iterator[Named]:
    for variables in environments:
        for name, value in variables.items():
            if not is_shown(name):
                for item in value.split(","):
                    yield from ((name, form) for form in _forms(item) if len(form) >= _SHORTEST)


@lru_cache(maxsize=256)
def _forms(item: str) -> tuple[str, ...]:
    """An item as it is written, and a private key also as its PEM's lines and as its scalar."""
    try:
        pem = b64decode(item, validate=True)
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return (item,)
    body = [line for line in pem.decode("latin-1").splitlines() if line and not line.startswith("-")]
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return (item, *body)
    scalar = key.private_numbers().private_value.to_bytes(-(-key.curve.key_size // 8), "big")
    return (item, *body, scalar.hex(), b64encode(scalar).decode())


def _of_harness(secrets: Secrets) -> Iterator[Named]:
    yield "the API key", secrets.api_key
    yield "the internal key", secrets.internal_key
    yield "the ingress secret", secrets.ingress_secret
    if len(secrets.aws_secret) >= _SHORTEST:
        yield "the AWS secret key", secrets.aws_secret


def _of_ledger(ledger: Ledger) -> Iterator[Named]:
    for request in ledger.requests.values():
        yield from ((_OF_A_DATA_SUBJECT, form) for form in _identifiers(request))
    for artifact in ledger:
        if token := artifact.handle.get("token"):
            yield f"a {artifact.kind} token", token
            if artifact.kind == "nonce":
                yield from _inside(token)
        if secret := artifact.handle.get("secret"):
            yield "the credential of an integration", secret
        if identifier := artifact.handle.get("identifier"):
            yield from (("a consent identifier", form) for form in (identifier, _base64(identifier.encode())))
        if artifact.plaintext:
            yield from (("the content of a file", form) for form in spellings(artifact.plaintext[:_BLOCK]))
    for key in ledger.keys:
        yield from (("the key of a request", form) for form in spellings(key))


@lru_cache(maxsize=1 << 14)
def spellings(content: bytes) -> tuple[str, ...]:
    """Bytes as a text would hold them: hex, and base64 of either alphabet, padded or not."""
    encoded = _base64(content)
    return tuple(dict.fromkeys((content.hex(), encoded, encoded.translate(_URL_SAFE))))


_URL_SAFE = str.maketrans("+/", "-_")


def _base64(content: bytes) -> str:
    return b64encode(content).decode().rstrip("=")


@lru_cache(maxsize=1 << 12)
def _identifiers(request: Submitted) -> tuple[str, ...]:
    """Each identifier of a data subject, stated or found, as it is and in base64."""
    values = (request.email, request.core_identifier, request.loyalty, request.found)
    forms = (form for value in values for form in (value, _base64(value.encode())))
    return tuple(form for form in forms if len(form) >= _SHORTEST_IDENTIFIER)


@lru_cache(maxsize=1 << 14)
def _inside(nonce: str) -> tuple[Named, ...]:
    """The context that a nonce carries, and the wrapped key in that; nothing where it is no nonce of ours."""
    context = claims_of(nonce).get("encryptedCEKContext")
    if not isinstance(context, str):
        return ()
    wrapped = claims_of(context).get("encryptedCEK")
    found = (("a request's context", context),)
    return (*found, ("a wrapped key", wrapped)) if isinstance(wrapped, str) else found


def claims_of(token: str) -> dict[str, object]:
    """What a token says, unverified; empty where it is no token."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
