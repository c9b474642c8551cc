"""Fresh JWT_ECDSA_KEY entries for rehearsals: what `openssl ecparam -genkey` would make (sombra.md 2.1)."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}


@cache
def fresh_key(name: str, *, curve: Literal["P-256", "P-384"] = "P-384") -> str:
    """One list item, base64 of a SEC1 PEM; the same name gives the same key within a process."""
    key = ec.generate_private_key(_CURVES[curve])
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return b64encode(pem).decode()
