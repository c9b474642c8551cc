"""How file bytes are sealed: AES-256-GCM, 12-byte IV, 16-byte tag (sombra.md 4.8), whole or in chunks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fake_sombra.errors import Tampered

IV_SIZE = 12
TAG_SIZE = 16

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Ciphertext with its IV and detached tag."""

    iv: bytes
    ciphertext: bytes = field(repr=False)
    tag: bytes


def seal(key: bytes, plaintext: bytes, *, random: Random) -> Sealed:
    """Encrypt under a fresh IV; no additional data (clients.md section 8)."""
    iv = random(IV_SIZE)
    sealed = AESGCM(key).encrypt(iv, plaintext, None)
    return Sealed(iv, sealed[:-TAG_SIZE], sealed[-TAG_SIZE:])


def open_(key: bytes, sealed: Sealed) -> bytes:
    """Decrypt, or raise `Tampered`."""
    if len(sealed.iv) != IV_SIZE or len(sealed.tag) != TAG_SIZE:
        raise Tampered("the ciphertext's IV or tag has another size than Sombra writes")
    try:
        return AESGCM(key).decrypt(sealed.iv, sealed.ciphertext + sealed.tag, None)
    except InvalidTag as error:
        raise Tampered("the ciphertext's integrity check failed: wrong key, or damaged") from error


def pack(key: bytes, plaintext: bytes, *, random: Random) -> bytes:
    """Seal, and return IV, ciphertext and tag as one string of bytes."""
    sealed = seal(key, plaintext, random=random)
    return sealed.iv + sealed.ciphertext + sealed.tag


def unpack(key: bytes, packed: bytes) -> bytes:
    """Open what `pack` made, or raise `Tampered`."""
    if len(packed) < IV_SIZE + TAG_SIZE:
        raise Tampered("the sealed bytes are cut short")
    return open_(key, Sealed(packed[:IV_SIZE], packed[IV_SIZE:-TAG_SIZE], packed[-TAG_SIZE:]))


class Encryptor:
    """Seals chunk by chunk; `finish` returns the tag."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        self._context = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()

    def update(self, chunk: bytes) -> bytes:
        """The ciphertext of the next chunk."""
        return self._context.update(chunk)

    def finish(self) -> bytes:
        """The 16-byte tag."""
        self._context.finalize()
        return self._context.tag


class Decryptor:
    """Opens chunk by chunk; what it lets through is unproven until `finish` returns."""

    def __init__(self, key: bytes, iv: bytes, *, tag: bytes) -> None:
        if len(iv) != IV_SIZE or len(tag) != TAG_SIZE:
            raise Tampered("the ciphertext's IV or tag has another size than Sombra writes")
        self._context = Cipher(algorithms.AES(key), modes.GCM(iv, tag)).decryptor()

    def update(self, chunk: bytes) -> bytes:
        """The plaintext of the next chunk."""
        return self._context.update(chunk)

    def finish(self) -> None:
        """Check the tag; raise `Tampered`."""
        try:
            self._context.finalize()
        except InvalidTag as error:
            raise Tampered("the ciphertext's integrity check failed: wrong key, or damaged") from error
