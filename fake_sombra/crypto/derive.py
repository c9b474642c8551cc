"""Which keys hang on one JWT_ECDSA_KEY entry: HKDF-SHA384 over its scalar, one label per derived key type.

The key types are public (sombra.md 3.3); the function and the labels are ours (fidelity.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fake_sombra.crypto.signing_key import SigningKey

# Order of the P-384 group (SEC 2, secp384r1).
_ORDER = int(
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16
)


@dataclass(frozen=True, slots=True)
class KeySet:
    """One entry and all that is derived from it (sizes in bytes: KEK 32, HMAC keys 48, consent 64)."""

    signing_key: SigningKey
    kek: bytes = field(repr=False)
    hmac_nonce: bytes = field(repr=False)
    hmac_data_subject: bytes = field(repr=False)
    hmac_employee: bytes = field(repr=False)
    ecdh_private: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)
    consent: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """The entry's public fingerprint."""
        return self.signing_key.fingerprint


def derive(scalar: bytes, label: str, size: int) -> bytes:
    """HKDF-SHA384 (RFC 5869), no salt, the key type as info."""
    return HKDF(hashes.SHA384(), size, salt=None, info=label.encode()).derive(scalar)


def key_set(signing_key: SigningKey) -> KeySet:
    """Derive everything that hangs on one entry."""
    scalar = signing_key.scalar
    wide = int.from_bytes(derive(scalar, "ECDH_PRIVATE_KEY", 64), "big")
    return KeySet(
        signing_key,
        kek=derive(scalar, "KEY_ENCRYPTION_BASE", 32),
        hmac_nonce=derive(scalar, "HMAC_NONCE_KEY", 48),
        hmac_data_subject=derive(scalar, "HMAC_DATA_SUBJECT_SESSION_KEY", 48),
        hmac_employee=derive(scalar, "HMAC_EMPLOYEE_SESSION_KEY", 48),
        ecdh_private=ec.derive_private_key(wide % (_ORDER - 1) + 1, ec.SECP384R1()),
        consent=derive(scalar, "CONSENT_IDENTIFIER_ENCRYPTION_KEY", 64),
    )
