"""What a webhook receiver does with `x-sombra-token`: it verifies under the one public key that it holds.

The published receiver fetches that key once and keeps it until it is restarted; others fetch it for each call
(clients.md section 9, D-10).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization


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
            claims: Mapping[str, Any] = jwt.decode(token, self.pem, algorithms=["ES384"], audience=self.audience)
        except jwt.ExpiredSignatureError as error:
            raise Rejected("token_expired") from error
        except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError) as error:  # three kinds, none of another
            raise Rejected("signature_invalid") from error
        if claims.get("scope") != "coreIdentifier":
            raise Rejected("garbage")
        return claims


def published_fingerprint(pem: bytes) -> str:
    """First 16 hex digits of SHA-256 over the published key's SPKI DER; empty when it is no key."""
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        return ""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]
