"""Local KMS: AES-256 Key Wrap (RFC 3394) under a key derived from JWT_ECDSA_KEY (sombra.md 4.3)."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import Refusal, Tampered, UnknownKey, WrongProvider
from fake_sombra.keyring import DataKey, WrapLabel, WrappedKey

PROVIDER = "local"
CEK_SIZE = 32
WRAPPED_SIZE = CEK_SIZE + 8
_CANARY_SIZE = 16


class LocalKeyring:
    """Wraps under the first loaded entry, opens under any of them."""

    def __init__(self, key_sets: KeySets, *, random: Callable[[int], bytes]) -> None:
        self._key_sets = key_sets
        self._random = random

    @property
    def label(self) -> WrapLabel:
        """The first entry's fingerprint."""
        return WrapLabel(PROVIDER, self._key_sets.first.fingerprint)

    async def generate(self) -> DataKey:
        """32 random bytes and their 40-byte wrap."""
        plaintext = self._random(CEK_SIZE)
        return DataKey(plaintext, WrappedKey(aes_key_wrap(self._key_sets.first.kek, plaintext), self.label))

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        """Try every loaded entry before refusing; the label only helps to name the cause."""
        for key_set in self._key_sets.loaded:
            opened = _opened(key_set.kek, ciphertext)
            if opened is not None:
                return opened
        raise self._refusal(ciphertext, label)

    def _refusal(self, ciphertext: bytes, label: WrapLabel | None) -> Refusal:
        foreign = len(ciphertext) != WRAPPED_SIZE if label is None else label.provider != PROVIDER
        if foreign:
            return WrongProvider("not wrapped by Local KMS: start under the provider that wrapped it (G-04)")
        if label is not None and label.key not in self._key_sets.fingerprints:
            return UnknownKey(f"wrapped under the JWT_ECDSA_KEY entry {label.key[:16]}, which is not loaded")
        return Tampered("the wrapped key's integrity check failed under every loaded entry")

    async def self_test(self) -> None:
        """Wrap and unwrap a canary."""
        canary = self._random(_CANARY_SIZE)
        if _opened(self._key_sets.first.kek, aes_key_wrap(self._key_sets.first.kek, canary)) != canary:
            raise Tampered("Local KMS could not open what it wrapped")

    def close(self) -> None:
        """Nothing is held."""


def _opened(kek: bytes, ciphertext: bytes) -> bytes | None:
    try:
        opened = aes_key_unwrap(kek, ciphertext)
    except (InvalidUnwrap, ValueError):
        return None
    return opened
