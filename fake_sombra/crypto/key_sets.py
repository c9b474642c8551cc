"""Which keys hang on one JWT_ECDSA_KEY entry, and which entries a boot remembers: the first four (D-05)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec

from fake_sombra.crypto.derive import derive, derive_p384
from fake_sombra.crypto.signing_key import SigningKey

REMEMBERED = 4
_CONSENT = "CONSENT_IDENTIFIER_ENCRYPTION_KEY"
_CONSENT_SIZE = 64


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

    @classmethod
    def of(cls, signing_key: SigningKey) -> KeySet:
        """Derive everything that hangs on one entry, under either provider."""
        scalar = signing_key.scalar
        return cls(
            signing_key,
            kek=derive(scalar, "KEY_ENCRYPTION_BASE", 32),
            hmac_nonce=derive(scalar, "HMAC_NONCE_KEY", 48),
            hmac_data_subject=derive(scalar, "HMAC_DATA_SUBJECT_SESSION_KEY", 48),
            hmac_employee=derive(scalar, "HMAC_EMPLOYEE_SESSION_KEY", 48),
            ecdh_private=derive_p384(scalar, "ECDH_PRIVATE_KEY"),
            consent=derive(scalar, _CONSENT, _CONSENT_SIZE),
        )

    @property
    def fingerprint(self) -> str:
        """The entry's public fingerprint."""
        return self.signing_key.fingerprint


@dataclass(frozen=True, slots=True)
class ConsentKey:
    """A 64-byte AES-SIV key and the 16 hex digits by which its texts name it."""

    fingerprint: str
    secret: bytes = field(repr=False)

    @classmethod
    def configured(cls, value: bytes) -> ConsentKey:
        """A key from one decoded item of CONSENT_IDENTIFIER_ENCRYPTION_KEY, of any length."""
        secret = derive(value, _CONSENT, _CONSENT_SIZE)
        return cls(hashlib.sha256(b"fingerprint:" + secret).hexdigest()[:16], secret)


@dataclass(frozen=True, slots=True)
class KeySets:
    """Loaded sets, newest first (1 to 4), and those whose only use is to name a cause.

    `configured_consent` stands in for the derived consent keys when the environment gives its own.
    """

    loaded: tuple[KeySet, ...]
    forgotten: tuple[KeySet, ...] = ()
    configured_consent: tuple[ConsentKey, ...] = ()

    @classmethod
    def of(cls, signing_keys: Sequence[SigningKey], *, consent: Sequence[ConsentKey] = ()) -> KeySets:
        """Derive every set of a list in its order; raise `ValueError` when the list is empty."""
        if not signing_keys:
            raise ValueError("at least one signing key is needed")
        sets = tuple(KeySet.of(each) for each in signing_keys)
        return cls(sets[:REMEMBERED], sets[REMEMBERED:], tuple(consent))

    @property
    def first(self) -> KeySet:
        """The set that signs and, under Local, wraps."""
        return self.loaded[0]

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Fingerprints of the loaded sets, in order."""
        return tuple(each.fingerprint for each in self.loaded)

    @property
    def consent_keys(self) -> tuple[ConsentKey, ...]:
        """Keys for consent identifiers, first is current."""
        return self.configured_consent or tuple(ConsentKey(each.fingerprint, each.consent) for each in self.loaded)
