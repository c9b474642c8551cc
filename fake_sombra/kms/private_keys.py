"""The material of asymmetric and HMAC keys: made here at first use, whatever keeps the symmetric keys' own."""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(slots=True)
class PrivateKeys:
    """PKCS #8, or the bytes of an HMAC key, by material; never changed once made, so copies of a vault share it."""

    _made: dict[str, bytes] = field(default_factory=dict, repr=False)
    _making: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def create(self) -> str:
        """Name a material; making it waits for its first use, because RSA takes a tenth of a second."""
        return str(uuid4())

    def export(self, material: str) -> bytes | None:
        """Hand out a material for a snapshot; None while nothing has used it."""
        return self._made.get(material)

    def adopt(self, material: str, secret: bytes | None) -> None:
        """Take over a material of a snapshot, or its name alone."""
        if secret is not None:
            self._made[material] = secret

    def sign(self, material: str, spec: str, algorithm: str, message: bytes, *, is_digest: bool) -> bytes:
        """Sign as AWS does; raises ValueError for a digest of another length than the algorithm's."""
        made: bytes = _asymmetric().signed(self._private(material, spec), algorithm, message, is_digest=is_digest)
        return made

    def verify(
        self, material: str, spec: str, algorithm: str, message: bytes, *, signature: bytes, is_digest: bool
    ) -> bool:
        """Whether a signature is this key's; raises ValueError as `sign` does."""
        secret = self._private(material, spec)
        found: bool = _asymmetric().is_signature(signature, secret, algorithm, message, is_digest=is_digest)
        return found

    def public(self, material: str, spec: str) -> bytes:
        """The public key, DER of SubjectPublicKeyInfo."""
        found: bytes = _asymmetric().public_of(self._private(material, spec))
        return found

    def mac(self, material: str, algorithm: str, message: bytes) -> bytes:
        """Authenticate a message."""
        size = algorithm.removeprefix("HMAC_SHA_")
        return hmac.digest(self._secret(material, lambda: os.urandom(int(size) // 8)), message, f"sha{size}")

    def _private(self, material: str, spec: str) -> bytes:
        return self._secret(material, lambda: _asymmetric().generated(spec))

    def _secret(self, material: str, make: Callable[[], bytes]) -> bytes:
        with self._making:
            if material not in self._made:
                self._made[material] = make()
            return self._made[material]


@cache
def _asymmetric() -> ModuleType:
    from fake_sombra.kms import asymmetric  # noqa: PLC0415  # 30 ms that most starts need not pay

    return asymmetric
