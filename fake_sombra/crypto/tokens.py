"""How tokens are signed and checked: HS384 inside Sombra, ES384 for webhooks.

The first set signs, any loaded one verifies.
RFC 7515, RFC 7518 3.2 and 3.4. A token of one purpose never passes for another.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from enum import Enum
from typing import Any

import jwt

from fake_sombra.crypto.derive import KeySet
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import ForgottenKey, SignatureInvalid, TokenExpired

WEBHOOK_TOKEN_S = 3600
_HEADER = urlsafe_b64encode(b'{"alg":"HS384","typ":"JWT"}').rstrip(b"=")


class Purpose(Enum):
    """What a token is for: the claim `kind` it must carry (none on a context) and its HMAC key."""

    CONTEXT = (None, "hmac_nonce")
    INTEGRATION = ("integration", "hmac_nonce")
    NONCE = ("nonce", "hmac_nonce")
    DOWNLOAD = ("download", "hmac_nonce")
    DATA_SUBJECT_SESSION = ("data_subject_session", "hmac_data_subject")
    EMPLOYEE_SESSION = ("employee_session", "hmac_employee")

    @property
    def kind(self) -> str | None:
        """The value of the claim `kind`."""
        kind: str | None = self.value[0]
        return kind

    def key(self, key_set: KeySet) -> bytes:
        """The HMAC key of a set for this purpose."""
        key: bytes = getattr(key_set, self.value[1])
        return key


def sign(key_sets: KeySets, claims: Mapping[str, Any], *, purpose: Purpose) -> str:
    """An HS384 token by the first set."""
    kind = {} if purpose.kind is None else {"kind": purpose.kind}
    body = json.dumps({**claims, **kind}, separators=(",", ":")).encode()
    signed = _HEADER + b"." + urlsafe_b64encode(body).rstrip(b"=")
    mac = hmac.digest(purpose.key(key_sets.first), signed, "sha384")
    return (signed + b"." + urlsafe_b64encode(mac).rstrip(b"=")).decode()


def verify(key_sets: KeySets, token: str, *, purpose: Purpose, now: float) -> dict[str, Any]:
    """The claims of a token that a loaded set signed.

    Only a signature that does not fit advances to the next set; raises `SignatureInvalid`, `ForgottenKey` or
    `TokenExpired` (`now` in seconds since the epoch, no leeway).
    """
    signed, mac, claims = _parts(token)
    if not any(_fits(purpose.key(each), signed, mac) for each in key_sets.loaded):
        if any(_fits(purpose.key(each), signed, mac) for each in key_sets.forgotten):
            raise ForgottenKey("the key that signed this stands at position five or later of JWT_ECDSA_KEY")
        raise SignatureInvalid("no loaded key of JWT_ECDSA_KEY signed this")
    if claims.get("kind") != purpose.kind:
        raise SignatureInvalid("this token was made for another purpose")
    expires = claims.get("exp")
    if expires is not None and (not isinstance(expires, int | float) or now >= expires):
        raise TokenExpired("the token has expired; ask for a fresh one")
    return claims


def _fits(key: bytes, signed: bytes, mac: bytes) -> bool:
    return hmac.compare_digest(hmac.digest(key, signed, hashlib.sha384), mac)


def _parts(token: str) -> tuple[bytes, bytes, dict[str, Any]]:
    """Signed bytes, signature and claims; the algorithm is pinned before any key is tried."""
    try:
        head, body, mac = token.encode("ascii").split(b".")
        header, claims = json.loads(_decode(head)), json.loads(_decode(body))
        signature = _decode(mac)
    except (ValueError, binascii.Error) as error:
        raise SignatureInvalid("this is no token of Sombra") from error
    if not isinstance(header, dict) or header.get("alg") != "HS384" or not isinstance(claims, dict):
        raise SignatureInvalid("this is no token of Sombra")
    return head + b"." + body, signature, claims


def _decode(part: bytes) -> bytes:
    """Strict base64url without padding: another spelling of the same bytes is refused (RFC 7515, 2)."""
    raw = urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=") != part:
        raise ValueError("not canonical base64url")
    return raw


def sign_webhook_token(key_sets: KeySets, *, value: str, audience: str, jti: str, now: float) -> str:
    """The ES384 `x-sombra-token` of a webhook, valid for one hour (sombra.md 5.1)."""
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
