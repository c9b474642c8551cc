"""What no log and no answer may say: keys, credentials, data subjects, content; looked for wherever it speaks."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.artifacts import Ledger
from harness.environment import is_shown
from harness.target import Secrets

_SHORTEST = 16
"""Shorter values are numbers and switches; they would be found in any text."""
_BLOCK = 24

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
        yield "an identifier of a data subject", request.email
    for artifact in ledger:
        if token := artifact.handle.get("token"):
            yield f"a {artifact.kind} token", token
            if artifact.kind == "nonce":
                yield from _inside(token)
        if secret := artifact.handle.get("secret"):
            yield "the credential of an integration", secret
        if identifier := artifact.handle.get("identifier"):
            yield "a consent identifier", identifier
        if artifact.plaintext:
            yield from (("the content of a file", form) for form in spellings(artifact.plaintext[:_BLOCK]))
    for key in ledger.keys:
        yield from (("the key of a request", form) for form in spellings(key))


def spellings(content: bytes) -> tuple[str, str]:
    """Bytes as a text would hold them."""
    return content.hex(), b64encode(content).decode()


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
