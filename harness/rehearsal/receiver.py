"""What a webhook's receiver does with a token: one PEM, ES384 alone, audience and time (clients.md section 9)."""

from __future__ import annotations

from typing import Any, Final

import jwt
from jwt.algorithms import ECAlgorithm
from jwt.types import Options
from jwt.utils import base64url_decode

_ES384: Final = ECAlgorithm(ECAlgorithm.SHA384)
_ALGORITHM: Final = "ES384"


def claims(token: str, *, pem: bytes, audience: str) -> dict[str, Any]:
    """The claims of a token that the published key signed.

    Raises `jwt.InvalidTokenError`, `jwt.InvalidKeyError`, or ValueError where the PEM is none.
    """
    signed, _, signature = token.rpartition(".")
    header = jwt.get_unverified_header(token)
    if header.get("alg") != _ALGORITHM or not fits(pem, signed.encode(), base64url_decode(signature)):
        raise jwt.InvalidSignatureError("the published key did not sign this")
    checked: Options = {"verify_signature": False, "verify_exp": True, "verify_aud": True, "verify_iat": True}
    found: dict[str, Any] = jwt.decode(token, audience=audience, options=checked)
    return found


def fits(pem: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether a raw signature (r and s, 48 bytes each, RFC 7518 section 3.4) is the key's over these bytes."""
    return _ES384.verify(signed, _ES384.prepare_key(pem), signature)
