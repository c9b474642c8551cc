"""The drill's adapter: AES-256-GCM under a named key, which lives in no gateway and is the same at each boot."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fake_sombra.errors import KmsIncorrectKey, Refusal, Tampered, WrongProvider
from fake_sombra.keyring import CANARY_SIZE, CEK_SIZE, DataKey, WrapLabel, WrappedKey
from harness.drill import PROVIDER

_IV_SIZE, _TAG_SIZE = 12, 16


class DrillKeyring:
    """Wraps as iv‖ciphertext‖tag; the material follows from the key's name, for a drill has no secret to keep."""

    def __init__(self, key: str, *, random: Callable[[int], bytes]) -> None:
        self._key = key
        self._random = random
        self._cipher = AESGCM(HKDF(hashes.SHA256(), 32, salt=None, info=b"drill").derive(key.encode()))

    @property
    def label(self) -> WrapLabel:
        """The key's name."""
        return WrapLabel(PROVIDER, self._key)

    async def generate(self) -> DataKey:
        """32 random bytes and their 60-byte wrap."""
        plaintext = self._random(CEK_SIZE)
        return DataKey(plaintext, await self.wrap(plaintext))

    async def wrap(self, plaintext: bytes) -> WrappedKey:
        """A known key under the one key there is."""
        return WrappedKey(self._wrapped(plaintext), self.label)

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        """Try the one key there is; the label only helps to name the cause of a refusal."""
        opened = self._opened(ciphertext)
        if opened is None or len(opened) != CEK_SIZE:
            raise self._refusal(ciphertext, label)
        return opened

    async def self_test(self) -> None:
        """Wrap and unwrap a canary."""
        canary = self._random(CANARY_SIZE)
        if self._opened(self._wrapped(canary)) != canary:
            raise Tampered("the drill's provider could not open what it wrapped itself")

    def close(self) -> None:
        """Nothing is held."""

    def _wrapped(self, plaintext: bytes) -> bytes:
        iv = self._random(_IV_SIZE)
        return iv + self._cipher.encrypt(iv, plaintext, None)

    def _opened(self, ciphertext: bytes) -> bytes | None:
        try:
            return self._cipher.decrypt(ciphertext[:_IV_SIZE], ciphertext[_IV_SIZE:], None)
        except (InvalidTag, ValueError):  # ValueError: too short to hold an iv
            return None

    def _refusal(self, ciphertext: bytes, label: WrapLabel | None) -> Refusal:
        is_foreign = len(ciphertext) != _IV_SIZE + CEK_SIZE + _TAG_SIZE if label is None else label.provider != PROVIDER
        if is_foreign:
            return WrongProvider(
                "another KMS provider wrapped this key; only a start under that provider opens it (G-03)"
            )
        if label is not None and label.key != self._key:
            return KmsIncorrectKey(
                "another key of this provider wrapped this one; configure that key", operation="open"
            )
        return Tampered("this wrapped key is damaged; restore it unchanged")
