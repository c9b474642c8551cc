"""How tokens are signed and checked: HS384 inside Sombra, ES384 for webhooks; the first set signs, any loaded verifies.

RFC 7515, RFC 7518 sections 3.2 and 3.4. A token of one purpose never passes for another: by its claim `kind`
or by its HMAC key.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import jwt
from jwt.algorithms import HMACAlgorithm

from fake_sombra.crypto.key_sets import KeySet, KeySets
from fake_sombra.errors import ForgottenKey, SignatureInvalid, TokenExpired

WEBHOOK_TOKEN_S = 3600

_HS384 = HMACAlgorithm(HMACAlgorithm.SHA384)
_HEADER = urlsafe_b64encode(b'{"alg":"HS384","typ":"JWT"}').rstrip(b"=").decode()
# Sombra writes this header and no other, so another algorithm, `crit` or `kid` is refused before any key is tried.
# 48 bytes of signature are exactly 64 characters: there is no second spelling of one.
_TOKEN = re.compile(rf"({re.escape(_HEADER)}\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]{{64}})")


class Purpose(Enum):
    """What a token is for; the first six share an HMAC key and differ by their claim `kind` (docs/wire.md)."""

    CONTEXT = "context"
    INTEGRATION = "integration"
    NONCE = "nonce"
    DOWNLOAD = "download"
    CODE = "custom function"
    CODE_CONTEXT = "custom function context"
    DATA_SUBJECT_SESSION = "data subject session"
    EMPLOYEE_SESSION = "employee session"


_KINDS = {
    Purpose.INTEGRATION: "integration",
    Purpose.NONCE: "nonce",
    Purpose.DOWNLOAD: "download",
    Purpose.CODE: "code",
    Purpose.CODE_CONTEXT: "code context",
}
_RESERVED = frozenset(_KINDS.values())


def sign(key_sets: KeySets, claims: Mapping[str, Any], *, purpose: Purpose) -> str:
    """An HS384 token by the first set; `kind` is set by the purpose.

    Raise `ValueError` when the claims name the kind of another purpose.
    """
    kind = _KINDS.get(purpose)
    named = claims.get("kind", kind)
    if named != kind and named in _RESERVED:
        raise ValueError(f"a {purpose.value} token cannot be of the kind {named}")
    body = json.dumps(claims if kind is None else {**claims, "kind": kind}, separators=(",", ":")).encode()
    signed = f"{_HEADER}.{_encode(body)}"
    return f"{signed}.{_encode(_HS384.sign(signed.encode(), _key(key_sets.first, purpose)))}"


def verify(key_sets: KeySets, token: str, *, purpose: Purpose, now: float) -> dict[str, Any]:
    """The claims of a token that a loaded set signed; `now` in seconds since the epoch, no leeway.

    Only a signature that does not fit advances to the next set (F08, F09). Raise `SignatureInvalid`,
    `ForgottenKey` or `TokenExpired`.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise SignatureInvalid("this is no token of Sombra; send the one that it handed out, unchanged")
    signed, mac = found[1].encode(), urlsafe_b64decode(found[3])
    if not _is_signed_by(key_sets.loaded, purpose, signed, mac):
        if _is_signed_by(key_sets.forgotten, purpose, signed, mac):
            raise ForgottenKey(
                "the signer stands at position five or later of JWT_ECDSA_KEY; move it to the first four"
            )
        raise SignatureInvalid("no loaded key of JWT_ECDSA_KEY signed this; is the old key still in the list?")
    claims = _claims(found[2])
    if claims.get("kind") != _KINDS.get(purpose):
        raise SignatureInvalid(f"this token was made for another purpose than a {purpose.value}")
    _check_time(claims, now)
    return claims


def sign_webhook_token(key_sets: KeySets, *, value: str, audience: str, jti: str, now: float) -> str:
    """The ES384 `x-sombra-token` of a webhook by the first set, valid for one hour (sombra.md 5.1)."""
    issued = int(now)
    claims = {
        "scope": "coreIdentifier",
        "value": value,
        "aud": audience,
        "jti": jti,
        "iat": issued,
        "exp": issued + WEBHOOK_TOKEN_S,
    }
    return jwt.encode(claims, key_sets.first.signing_key.private_key, algorithm="ES384")


def _key(key_set: KeySet, purpose: Purpose) -> bytes:
    if purpose is Purpose.DATA_SUBJECT_SESSION:
        return key_set.hmac_data_subject
    if purpose is Purpose.EMPLOYEE_SESSION:
        return key_set.hmac_employee
    return key_set.hmac_nonce


def _is_signed_by(sets: Sequence[KeySet], purpose: Purpose, signed: bytes, mac: bytes) -> bool:
    return any(_HS384.verify(signed, _key(each, purpose), mac) for each in sets)


def _claims(body: str) -> dict[str, Any]:
    try:
        claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid("this token's claims cannot be read; ask for a fresh one") from error
    if not isinstance(claims, dict):
        raise SignatureInvalid("this token's claims are not an object; ask for a fresh one")
    return claims


def _check_time(claims: Mapping[str, Any], now: float) -> None:
    if "exp" not in claims:
        return
    expires = claims["exp"]
    if isinstance(expires, bool) or not isinstance(expires, int | float) or not now < expires:
        raise TokenExpired("the token has expired; ask for a fresh one")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
