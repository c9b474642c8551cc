"""How another KMS that speaks the AWS protocol serves as storage and cryptography behind the rules.

One symmetric key upstream for each material; the material's name is that key's id, so that another front over
the same endpoint can go on from a snapshot. Upstream sees one canonical context pair and is always told which
key to use, because emulators get several pairs and missing key ids wrong (kms.md, 2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from fake_sombra.kms.boto_session import make_client
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.material import BlobDamaged

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

T = TypeVar("T")

REGION: Final = "us-east-1"
_MAGIC: Final = b"\x01\x02\x04front"
_NAME = re.compile(rb"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_NAME_SIZE: Final = 36  # both spellings of a key id
_HEADER: Final = len(_MAGIC) + _NAME_SIZE
_AT_ONCE: Final = 32
_CONNECT_S: Final = 1.0
_READ_S: Final = 3.0
_FIRST_READ_S: Final = 20.0  # LocalStack reads its service catalogue first (kms.md, 7.1)
_DAMAGED = frozenset({"InvalidCiphertextException", "AccessDeniedException", "IncorrectKeyException"})


class Upstream:
    """A `Backend` over an endpoint; each call ends within four seconds, well or as AWS' own failures do."""

    is_remote = True

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def __repr__(self) -> str:
        return f"Upstream({self.endpoint})"

    @cached_property
    def _kms(self) -> KMSClient:
        return _client(self.endpoint, _READ_S)

    def load(self) -> None:
        """Prove that upstream answers, its slow first call included; raises `KmsError`."""
        patient = _client(self.endpoint, _FIRST_READ_S)
        self._asked(lambda: patient.generate_random(NumberOfBytes=1))
        patient.close()

    def create(self) -> str:
        """Make a key upstream; its id is the material's name."""
        return self._asked(lambda: self._kms.create_key(Description="fake-sombra")["KeyMetadata"]["KeyId"])

    def adopt(self, material: str, secret: bytes | None) -> None:
        """Look a material of a snapshot up; raises ValueError when it does not live upstream."""
        if secret is not None:
            raise ValueError(f"the snapshot holds key material, which {self.endpoint} cannot take over")
        if not _NAME.fullmatch(material.encode()) or not self._knows(material):
            raise ValueError(f"{self.endpoint} has no key {material}; start it with the keys of the snapshot")

    def export(self, material: str) -> None:
        """Nothing: a material never leaves upstream, a snapshot refers to it."""
        return

    def material_of(self, blob: bytes) -> str | None:
        """Read the name after the magic bytes."""
        name = blob[len(_MAGIC) : _HEADER]
        ours = blob.startswith(_MAGIC) and len(blob) > _HEADER and _NAME.fullmatch(name)
        return name.decode() if ours else None

    def encrypt(self, material: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Upstream's blob in an envelope that names the material."""
        sealed = self._asked(
            lambda: self._kms.encrypt(KeyId=material, Plaintext=plaintext, EncryptionContext=context)["CiphertextBlob"]
        )
        return _MAGIC + material.encode() + sealed

    def decrypt(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """Open upstream's blob with the key that the envelope names, and no other."""
        material = self.material_of(blob)
        if material is None:
            raise BlobDamaged
        try:
            return self._asked(
                lambda: self._kms.decrypt(KeyId=material, CiphertextBlob=blob[_HEADER:], EncryptionContext=context)[
                    "Plaintext"
                ]
            )
        except _Refused as refused:
            if refused.why in _DAMAGED or (refused.why == "NotFoundException" and self._knows(material)):
                raise BlobDamaged from refused
            raise

    def random(self, size: int) -> bytes:
        """Upstream's randomness."""
        return self._asked(lambda: self._kms.generate_random(NumberOfBytes=size)["Plaintext"])

    def _knows(self, material: str) -> bool:
        try:
            self._asked(lambda: self._kms.describe_key(KeyId=material))
        except _Refused as refused:
            if refused.why == "NotFoundException":
                return False
            raise
        return True

    def _asked(self, ask: Callable[[], T]) -> T:
        """Answer, or fail as AWS does when a part of its own is down, slow or broken."""
        try:
            return ask()
        except (ConnectTimeoutError, ReadTimeoutError) as error:
            raise KmsError("DependencyTimeoutException", "The upstream KMS did not answer in time.", 503) from error
        except ClientError as error:
            raise _Refused(str(error.response.get("Error", {}).get("Code", ""))) from error
        except (BotoCoreError, KeyError, ValueError) as error:
            raise KmsError("KMSInternalException", "The upstream KMS could not be used.", 500) from error


class _Refused(KmsError):
    """Upstream said no where the rules said yes; to a caller that is a failure inside the KMS."""

    def __init__(self, why: str) -> None:
        super().__init__("KMSInternalException", f"The upstream KMS refused with {why or 'no code'}.", 500)
        self.why = why


def _client(endpoint: str, read_s: float) -> KMSClient:
    once: Any = {"mode": "standard", "total_max_attempts": 1}
    config = Config(
        proxies={},
        retries=once,
        connect_timeout=_CONNECT_S,
        read_timeout=read_s,
        max_pool_connections=_AT_ONCE,
    )
    return make_client(region=REGION, endpoint=endpoint, access_key_id="rehearsal", config=config)
