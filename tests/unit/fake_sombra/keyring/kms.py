"""A KMS client in memory: keys by ARN, real AES-GCM under each, AWS's own error codes, and answers gone wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.startup.aws_variables import AwsSettings

ARN = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
OTHER_ARN = "arn:aws:kms:eu-west-1:111122223333:key/99999999-2222-3333-4444-555555555555"
ALIAS_ARN = "arn:aws:kms:eu-west-1:111122223333:alias/cutover"
_MARK = b"\x01\x02kms"
_T = TypeVar("_T")

SETTINGS = AwsSettings(
    key_arn=ARN,
    region="eu-west-1",
    throw_permission_errors=False,
    custom_key_store_id=None,
    decrypt="pinned",
    context="none",
    retry_mode="standard",
    attempts=1,
    timeout_s=1.0,
    endpoint_url=None,
    access_key_id=None,
    secret_access_key=None,
    session_token=None,
)


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run one call in a loop of its own."""
    return asyncio.run(work)


def refusal(code: str, operation: str = "Decrypt", message: str = "said the fake") -> ClientError:
    """What boto3 raises when AWS answers with an error."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass(slots=True)
class FakeKms:
    """Answers as boto3's client does; `raises` and `spoils` plant an error or another field by method name."""

    keys: dict[str, bytes] = field(default_factory=lambda: {ARN: os.urandom(32), OTHER_ARN: os.urandom(32)})
    aliases: dict[str, str] = field(default_factory=lambda: {ALIAS_ARN: ARN})
    raises: dict[str, Exception] = field(default_factory=dict)
    spoils: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    is_closed: bool = False

    def methods(self) -> list[str]:
        """The methods called, in order."""
        return [method for method, _ in self.calls]

    def generate_random(self, **asked: Any) -> dict[str, Any]:
        self._admit("generate_random", asked)
        return self._answered("generate_random", {"Plaintext": os.urandom(asked["NumberOfBytes"])})

    def generate_data_key(self, **asked: Any) -> dict[str, Any]:
        self._admit("generate_data_key", asked)
        plaintext = os.urandom(asked["NumberOfBytes"])
        return self._answered("generate_data_key", {"Plaintext": plaintext, **self._sealed(asked, plaintext)})

    def encrypt(self, **asked: Any) -> dict[str, Any]:
        self._admit("encrypt", asked)
        return self._answered("encrypt", self._sealed(asked, asked["Plaintext"]))

    def decrypt(self, **asked: Any) -> dict[str, Any]:
        self._admit("decrypt", asked)
        blob: bytes = asked["CiphertextBlob"]
        arn = next((arn for arn in self.keys if blob.startswith(_MARK + arn.encode())), None)
        if arn is None:
            raise refusal("InvalidCiphertextException", message="")
        if "KeyId" in asked and self._resolved(asked["KeyId"]) != arn:
            raise refusal("IncorrectKeyException")
        body = blob[len(_MARK + arn.encode()) :]
        try:
            plaintext = AESGCM(self.keys[arn]).decrypt(body[:12], body[12:], _context(asked))
        except (InvalidTag, ValueError) as error:
            raise refusal("InvalidCiphertextException", message="") from error
        return self._answered("decrypt", {"Plaintext": plaintext, "KeyId": arn})

    def close(self) -> None:
        self.is_closed = True

    def _admit(self, method: str, asked: dict[str, Any]) -> None:
        self.calls.append((method, asked))
        if method in self.raises:
            raise self.raises[method]

    def _resolved(self, key_id: str) -> str:
        arn = self.aliases.get(key_id, key_id)
        if arn not in self.keys:
            raise refusal("NotFoundException")
        return arn

    def _sealed(self, asked: dict[str, Any], plaintext: bytes) -> dict[str, Any]:
        arn, iv = self._resolved(asked["KeyId"]), os.urandom(12)
        sealed = AESGCM(self.keys[arn]).encrypt(iv, plaintext, _context(asked))
        return {"CiphertextBlob": _MARK + arn.encode() + iv + sealed, "KeyId": arn}

    def _answered(self, method: str, answer: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in (answer | self.spoils.get(method, {})).items() if value is not None}


def _context(asked: dict[str, Any]) -> bytes:
    return repr(sorted(asked.get("EncryptionContext", {}).items())).encode()


@dataclass(slots=True)
class Opened:
    """A keyring over a fake KMS, and what it warned of."""

    keyring: AwsKeyring
    kms: FakeKms
    warnings: list[str]

    def close(self) -> None:
        self.keyring.close()


def opened(kms: FakeKms | None = None, *, organization: str = "acme", **changes: Any) -> AbstractContextManager[Opened]:
    """A keyring with changed settings; leaving the block closes it."""
    kms, warnings = kms or FakeKms(), list[str]()
    keyring = AwsKeyring(
        replace(SETTINGS, **changes),
        organization=organization,
        random=lambda size: b"p" * size,
        warn=warnings.append,
        client=kms,
    )
    return closing(Opened(keyring, kms, warnings))
