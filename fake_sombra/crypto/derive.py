"""How one secret becomes many: HKDF-SHA384 with one label per derived key type.

The key types are public (sombra.md 3.3); the function and the labels are ours (fidelity.md#local-root).
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# Order of the P-384 group (SEC 2, secp384r1).
_ORDER = int("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16)
_WIDE = 72  # 24 bytes more than the order: the remainder's bias is below 2^-190


def derive(secret: bytes, label: str, size: int) -> bytes:
    """HKDF-SHA384 (RFC 5869), no salt, the key type as info; `size` in bytes."""
    return HKDF(hashes.SHA384(), size, salt=None, info=label.encode()).derive(secret)


def derive_p384(secret: bytes, label: str) -> ec.EllipticCurvePrivateKey:
    """A P-384 key whose scalar is derived, from 1 to the order less one."""
    wide = int.from_bytes(derive(secret, label, _WIDE), "big")
    return ec.derive_private_key(wide % (_ORDER - 1) + 1, ec.SECP384R1())
