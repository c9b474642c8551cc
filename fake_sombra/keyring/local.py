"""Local KMS: AES-256 Key Wrap (RFC 3394) under a key derived from JWT_ECDSA_KEY (sombra.md 4.3)."""

from __future__ import annotations

import re
from collections.abc import Callable

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import Refusal, Tampered, UnknownKey, WrongProvider
from fake_sombra.keyring import CANARY_SIZE, CEK_SIZE, DataKey, WrapLabel, WrappedKey

PROVIDER = "local"
WRAPPED_SIZE = CEK_SIZE + 8
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


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
        return DataKey(plaintext, await self.wrap(plaintext))

    async def wrap(self, plaintext: bytes) -> WrappedKey:
        """A known key under the first loaded entry."""
        return WrappedKey(aes_key_wrap(self._key_sets.first.kek, plaintext), self.label)

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        """Try every loaded entry before refusing; the label only helps to name the cause.

        Raise `WrongProvider`, `UnknownKey` or `Tampered`.
        """
        for key_set in self._key_sets.loaded:
            opened = _opened(key_set.kek, ciphertext)
            if opened is not None and len(opened) == CEK_SIZE:
                return opened
        raise self._refusal(ciphertext, label)

    async def self_test(self) -> None:
        """Wrap and unwrap a canary."""
        canary, kek = self._random(CANARY_SIZE), self._key_sets.first.kek
        if _opened(kek, aes_key_wrap(kek, canary)) != canary:
            raise Tampered("Local KMS could not open what it wrapped itself; is its key material intact?")

    def close(self) -> None:
        """Nothing is held."""

    def _refusal(self, ciphertext: bytes, label: WrapLabel | None) -> Refusal:
        is_foreign = len(ciphertext) != WRAPPED_SIZE if label is None else label.provider != PROVIDER
        if is_foreign:
            return WrongProvider(
                "another KMS provider wrapped this key; only a start under that provider opens it (G-04)"
            )
        if label is not None and label.key not in self._key_sets.fingerprints:
            named = f" {label.key}" if _FINGERPRINT.fullmatch(label.key) else ""
            return UnknownKey(
                f"the JWT_ECDSA_KEY entry{named} wrapped this key and is not loaded; put it among the first four"
            )
        return Tampered("no loaded entry opens this key: its integrity check failed; restore it unchanged")


def _opened(kek: bytes, ciphertext: bytes) -> bytes | None:
    try:
        return aes_key_unwrap(kek, ciphertext)
    except InvalidUnwrap:
        return None
