"""How consent identifiers stay comparable: AES-SIV, so the same identifier under the same key is the same text.

That they are deterministic and decrypt under any loaded key is ours (claims.md, consent_identifier).
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import Tampered, UnknownKey


@dataclass(frozen=True, slots=True)
class ConsentKey:
    """A 64-byte key and the name its texts carry."""

    name: str
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> ConsentKey:
        """Name a key by a hash that says nothing else about it."""
        return cls(hashlib.sha256(b"consent-key-name" + key).hexdigest()[:16], key)


def encrypt(key_sets: KeySets, identifier: str) -> str:
    """`name:base64` under the first key; equal identifiers give equal texts."""
    first = _keys(key_sets)[0]
    return f"{first.name}:{b64encode(AESSIV(first.key).encrypt(identifier.encode(), None)).decode()}"


def decrypt(key_sets: KeySets, text: str) -> str:
    """The identifier under any loaded key; raise `UnknownKey` or `Tampered` after trying them all."""
    keys = _keys(key_sets)
    name, _, sealed = text.partition(":")
    try:
        ciphertext = b64decode(sealed, validate=True)
    except (NotBase64, ValueError) as error:
        raise Tampered("the consent identifier is damaged") from error
    for each in keys:
        try:
            return AESSIV(each.key).decrypt(ciphertext, None).decode()
        except (InvalidTag, ValueError):
            continue
    if name in {each.name for each in keys}:
        raise Tampered("the consent identifier is damaged")
    raise UnknownKey("the key that made this consent identifier is not loaded")


def _keys(key_sets: KeySets) -> tuple[ConsentKey, ...]:
    return tuple(ConsentKey.of(key) for key in key_sets.consent_keys)
