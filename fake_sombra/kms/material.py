"""Where key material lives and who does the cryptography: moto's KMS by default, any `Backend` by choice."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

if TYPE_CHECKING:
    from types import ModuleType

_SIZE: Final = 32
_HEADER: Final = 64  # moto: name (36) | iv (12) | tag (16)
_NAME = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class BlobDamaged(Exception):
    """The blob does not open: its bytes or its context are not those it was made with."""


class Backend(Protocol):
    """Makes and uses key material. A material never changes and is never removed, so forks may share it.

    A remote one may keep its caller waiting, and is asked by several at the same time.
    """

    @property
    def is_remote(self) -> bool:
        """Whether it is asked over a network."""
        ...

    def load(self) -> None:
        """Do now what the first call would otherwise wait for."""
        ...

    def create(self) -> str:
        """Make a material and return its name."""
        ...

    def adopt(self, material: str, secret: bytes | None) -> None:
        """Take over a material of a snapshot; without a secret, one that lives here already. Raises ValueError."""
        ...

    def export(self, material: str) -> bytes | None:
        """Hand out a material for a snapshot; None when it cannot leave, so that the snapshot only refers to it."""
        ...

    def material_of(self, blob: bytes) -> str | None:
        """The name of the material a blob says it was made with; None when it is no blob of ours."""
        ...

    def encrypt(self, material: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Seal 1 to 4096 bytes into a blob; the context is authenticated, not stored."""
        ...

    def decrypt(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """Open a blob; raises `BlobDamaged`."""
        ...

    def random(self, size: int) -> bytes:
        """Draw random bytes."""
        ...


@dataclass(frozen=True, slots=True)
class _Material:
    """All that moto's envelope reads of a key; its own `Key` makes an RSA key each time (kms.md, 0.6)."""

    key_material: bytes = field(repr=False)


class MotoBackend:
    """Materials in memory, blobs in moto's envelope.

    moto is imported at first use: it costs more than all the rest of this package.
    """

    is_remote = False

    def __init__(self) -> None:
        self._materials: dict[str, _Material] = {}

    def load(self) -> None:
        """Import moto."""
        _moto()

    def create(self) -> str:
        """Draw 32 bytes."""
        name = str(uuid4())
        self._materials[name] = _Material(os.urandom(_SIZE))
        return name

    def adopt(self, material: str, secret: bytes | None) -> None:
        """Raise ValueError for what cannot be a material of this backend."""
        if secret is None:
            raise ValueError(f"the material {material} lives in another KMS; start with --upstream and its address")
        if not _NAME.fullmatch(material.encode()) or len(secret) != _SIZE:
            raise ValueError(f"a key material is a UUID and {_SIZE} bytes; take it from GET /snapshot unchanged")
        self._materials[material] = _Material(secret)

    def export(self, material: str) -> bytes:
        """The 32 bytes."""
        return self._materials[material].key_material

    def material_of(self, blob: bytes) -> str | None:
        """Read the name that begins every blob."""
        name = blob[:36]
        return name.decode() if len(blob) > _HEADER and _NAME.fullmatch(name) else None

    def encrypt(self, material: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """AES-256-GCM as moto does it."""
        blob: bytes = _moto().encrypt(self._materials, material, plaintext, dict(context))
        return blob

    def decrypt(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """AES-256-GCM as moto does it."""
        utils = _moto()
        try:
            plaintext: bytes = utils.decrypt(self._materials, blob, dict(context))[0]
        except (utils.InvalidCiphertextException, utils.AccessDeniedException) as error:
            raise BlobDamaged from error
        return plaintext

    def random(self, size: int) -> bytes:
        """The operating system's randomness."""
        return os.urandom(size)


@cache
def _moto() -> ModuleType:
    from moto.kms import utils  # noqa: PLC0415  # see MotoBackend

    return utils
