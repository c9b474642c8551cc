"""What a webhook receiver does with `x-sombra-token`: it verifies under the one public key that it holds.

The published receiver fetches that key once and keeps it until it is restarted; others fetch it for each call
(clients.md section 9, D-10).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from jwt.algorithms import ECAlgorithm
from jwt.types import Options
from jwt.utils import base64url_decode

_ES384: Final = ECAlgorithm(ECAlgorithm.SHA384)
_CHECKED: Final[Options] = {"verify_signature": False, "verify_exp": True, "verify_aud": True, "verify_iat": True}


class Rejected(Exception):
    """The receiver answers 401; `cause` says why."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Receiver:
    """One start of a receiver: `pem` is the key it fetched, `audience` the organization it was set up for."""

    pem: bytes = field(repr=False)
    audience: str

    @property
    def fingerprint(self) -> str:
        """Which key it holds; empty when that is none."""
        return published_fingerprint(self.pem)

    def claims(self, token: str) -> Mapping[str, Any]:
        """What a token says, verified as PyJWT does it; raise `Rejected`."""
        try:
            claims = self._verified(token)
        except jwt.ExpiredSignatureError as error:
            raise Rejected("token_expired") from error
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError, TypeError) as error:  # or the PEM is no key
            raise Rejected("signature_invalid") from error
        if claims.get("scope") != "coreIdentifier":
            raise Rejected("garbage")
        return claims

    def _verified(self, token: str) -> Mapping[str, Any]:
        signed, _, signature = token.rpartition(".")
        is_es384 = jwt.get_unverified_header(token).get("alg") == "ES384"
        if not is_es384 or not fits(self.pem, signed.encode(), base64url_decode(signature)):
            raise jwt.InvalidSignatureError("the published key did not sign this")
        claims: Mapping[str, Any] = jwt.decode(token, audience=self.audience, options=_CHECKED)
        return claims


def fits(pem: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether a raw signature (r and s, 48 bytes each, RFC 7518 section 3.4) is the key's over these bytes."""
    return _ES384.verify(signed, _ES384.prepare_key(pem), signature)


def published_fingerprint(pem: bytes) -> str:
    """First 16 hex digits of SHA-256 over the published key's SPKI DER; empty when it is no key, or not one alone."""
    if pem.count(b"-----BEGIN") != 1:
        return ""
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        return ""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]
