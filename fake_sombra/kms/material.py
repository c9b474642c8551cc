"""Where key material lives and how blobs are made: moto's KMS does both, behind a context that is not ambiguous.

moto joins the pairs of an encryption context without lengths, so `{"ab": "c"}` and `{"a": "bc"}` are the same to
it (kms.md section 2): every context is replaced by one pair, a digest of its length-prefixed sorted pairs.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

_ID_SIZE = 36


@dataclass(slots=True)
class _Master:
    """What moto's functions read of a key."""

    key_material: bytes = field(repr=False)


class BadBlob(ValueError):
    """Not a blob of this KMS, or damaged, or of another context."""


@dataclass(slots=True)
class Material:
    """Key material by version id; append-only, so that worlds and their forks share it."""

    _masters: dict[str, _Master] = field(default_factory=dict, repr=False)

    def create(self) -> str:
        """Make 32 random bytes and return their version id."""
        return self.load(str(uuid.uuid4()), os.urandom(32))

    def load(self, version: str, material: bytes) -> str:
        """Take material from a snapshot."""
        self._masters[version] = _Master(material)
        return version

    def dump(self, version: str) -> bytes:
        """The bytes of a version, for a snapshot."""
        return self._masters[version].key_material

    def encrypt(self, version: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """moto's blob: version id, IV, tag, AES-256-GCM ciphertext."""
        from moto.kms.utils import encrypt  # noqa: PLC0415  0.3 s that only a KMS with keys needs

        blob: bytes = encrypt(self._masters, version, plaintext, canonical(context))
        return blob

    def version_of(self, blob: bytes) -> str | None:
        """The version id a blob names in clear, if it names one at all."""
        try:
            version = blob[:_ID_SIZE].decode("ascii")
            uuid.UUID(version)
        except ValueError:
            return None
        return version if len(blob) > _ID_SIZE else None

    def decrypt(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """Open a blob; raise `BadBlob`."""
        from moto.kms.exceptions import AccessDeniedException, InvalidCiphertextException  # noqa: PLC0415
        from moto.kms.utils import decrypt  # noqa: PLC0415

        try:
            plaintext: bytes = decrypt(self._masters, blob, canonical(context))[0]
        except (InvalidCiphertextException, AccessDeniedException) as error:
            raise BadBlob("the blob does not open") from error
        return plaintext


def canonical(context: Mapping[str, str]) -> dict[str, str]:
    """One pair that stands for all pairs; none for an empty context."""
    if not context:
        return {}
    return {"context": digest(context)}


def digest(context: Mapping[str, str]) -> str:
    """SHA-256 over the sorted pairs, each part after its length."""
    hashed = hashlib.sha256()
    for name, value in sorted(context.items()):
        for part in (name.encode(), value.encode()):
            hashed.update(len(part).to_bytes(4, "big") + part)
    return hashed.hexdigest()
