"""A data subject's browser: asks for a request's CEK over an ECDH exchange and decrypts the download itself.

The harness's own cryptography, independent of the gateway's (docs/wire.md, `rewrap-for-session`; clients.md
section 8).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_IV_SIZE = 12


class CannotDecrypt(ValueError):
    """The tag does not fit: wrong key, or damaged bytes."""


@dataclass(frozen=True, slots=True)
class Browser:
    """One page's key pair."""

    private_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP384R1()), repr=False
    )

    @property
    def public_key(self) -> str:
        """Base64 of the SPKI DER, as it is sent."""
        der = self.private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b64encode(der).decode()

    def unwrap(self, answer: Mapping[str, object]) -> bytes:
        """The 32-byte CEK out of a `decryptionContext`; raise `CannotDecrypt` when it is not for this page."""
        context, peer = answer["decryptionContext"], answer["publicKeyECDH"]
        if not isinstance(context, Mapping) or not isinstance(peer, str):
            raise CannotDecrypt("the answer holds no decryption context")
        kek = self._shared(peer, b"rewrap-for-session")
        iv, wrapped, tag = (b64decode(str(context[name])) for name in ("iv", "wrappedKey", "authTag"))
        return _open(kek, iv, wrapped, tag)

    def sealed(self, session: str, peer: str) -> str:
        """A session as `dhEncrypted`, which the owner of a published exchange key opens (docs/wire.md)."""
        iv = os.urandom(_IV_SIZE)
        ciphertext = AESGCM(self._shared(peer, b"dh-encrypted")).encrypt(iv, session.encode(), None)
        return f"{self.public_key}.{b64encode(iv + ciphertext).decode()}"

    def _shared(self, peer: str, purpose: bytes) -> bytes:
        key = serialization.load_der_public_key(b64decode(peer))
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise CannotDecrypt("the gateway's key is not an elliptic curve key")
        return HKDF(hashes.SHA384(), 32, salt=None, info=purpose).derive(self.private_key.exchange(ec.ECDH(), key))

    @staticmethod
    def decrypt(cek: bytes, listing: Mapping[str, object], ciphertext: bytes) -> bytes:
        """The plaintext of one file of a listing; raise `CannotDecrypt`."""
        return _open(cek, b64decode(str(listing["iv"])), ciphertext, b64decode(str(listing["authTag"])))


def _open(key: bytes, iv: bytes, ciphertext: bytes, tag: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(iv, ciphertext + tag, None)
    except InvalidTag as error:
        raise CannotDecrypt("the authentication tag does not fit") from error
