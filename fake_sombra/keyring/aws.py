"""AWS KMS: GenerateRandom and Encrypt make a key, Decrypt pinned to the ARN opens it (protocol.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fake_sombra.errors import KmsAccessDenied, KmsIncorrectKey, KmsInternal, Refusal, Tampered, WrongProvider
from fake_sombra.keyring import DataKey, WrapLabel, WrappedKey
from fake_sombra.keyring.aws_causes import code_of, refusal_for
from fake_sombra.startup.aws_variables import AwsSettings

T = TypeVar("T")

PROVIDER = "AWS"
CEK_SIZE = 32
_CANARY_SIZE = 16
_LOCAL_WRAP_SIZE = 40
_THREADS = 16


class AwsKeyring:
    """One KMS key behind one boto3 client; calls run in threads of its own, because boto3 blocks."""

    def __init__(
        self,
        settings: AwsSettings,
        *,
        organization: str,
        random: Callable[[int], bytes],
        warn: Callable[[str], None],
        client: Any = None,
    ) -> None:
        self._settings = settings
        self._random = random
        self._warn = warn
        self._client = client if client is not None else _connect(settings)
        self._context = {"purpose": "cek", "tenant": organization} if settings.context == "context" else {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="kms")

    @property
    def label(self) -> WrapLabel:
        """The configured key ARN."""
        return WrapLabel(PROVIDER, self._settings.key_arn)

    async def generate(self) -> DataKey:
        """GenerateRandom(32) and Encrypt; with an encryption context, GenerateDataKey."""
        return await self._in_thread(self._generate)

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        """Ask the KMS to decrypt, whatever the label says."""
        return await self._in_thread(lambda: self._unwrap(ciphertext, label))

    async def self_test(self) -> None:
        """GenerateRandom, Encrypt and Decrypt a canary of 16 bytes."""
        await self._in_thread(self._self_test)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _generate(self) -> DataKey:
        if self._context:
            answer = self._call(
                "GenerateDataKey",
                KeyId=self._settings.key_arn,
                NumberOfBytes=CEK_SIZE,
                EncryptionContext=self._context,
            )
            return self._data_key(answer["Plaintext"], answer["CiphertextBlob"])
        plaintext = self._random_bytes(CEK_SIZE)
        return self._data_key(plaintext, self._encrypt(plaintext))

    def _data_key(self, plaintext: bytes, ciphertext: bytes) -> DataKey:
        if len(plaintext) != CEK_SIZE:
            raise KmsInternal("the KMS answered with a key of another size", operation="kms:GenerateRandom")
        return DataKey(plaintext, WrappedKey(ciphertext, self.label))

    def _random_bytes(self, size: int) -> bytes:
        try:
            return bytes(self._call("GenerateRandom", NumberOfBytes=size)["Plaintext"])
        except KmsAccessDenied as refusal:
            if self._settings.throw_permission_errors:
                raise
            self._warn(f"{refusal.message}; the gateway's own randomness is used instead (D-06)")
            return self._random(size)

    def _encrypt(self, plaintext: bytes) -> bytes:
        return bytes(
            self._call("Encrypt", KeyId=self._settings.key_arn, Plaintext=plaintext, **self._with_context())[
                "CiphertextBlob"
            ]
        )

    def _with_context(self) -> dict[str, Any]:
        return {"EncryptionContext": self._context} if self._context else {}

    def _unwrap(self, ciphertext: bytes, label: WrapLabel | None) -> bytes:
        plaintext = self._decrypt(ciphertext, label)
        if len(plaintext) != CEK_SIZE:
            raise KmsInternal("the KMS answered with a key of another size", operation="kms:Decrypt")
        return plaintext

    def _decrypt(self, ciphertext: bytes, label: WrapLabel | None) -> bytes:
        pinned = {"KeyId": self._settings.key_arn} if self._settings.decrypt == "pinned" else {}
        if not ciphertext:
            raise Tampered("the wrapped key is empty")
        try:
            answer = self._client.decrypt(CiphertextBlob=ciphertext, **pinned, **self._with_context())
        except ClientError as error:
            raise self._decrypt_refusal(error, ciphertext, label) from error
        except BotoCoreError as error:
            raise refusal_for(error, action="kms:Decrypt") from error
        if pinned and ":key/" in self._settings.key_arn and answer["KeyId"] != self._settings.key_arn:
            raise KmsInternal("the KMS answered for another key than the one asked", operation="kms:Decrypt")
        return bytes(answer["Plaintext"])

    def _decrypt_refusal(self, error: ClientError, ciphertext: bytes, label: WrapLabel | None) -> Refusal:
        if code_of(error) not in {"InvalidCiphertextException", "ValidationException"}:
            return refusal_for(error, action="kms:Decrypt")
        foreign = len(ciphertext) == _LOCAL_WRAP_SIZE if label is None else label.provider != PROVIDER
        if foreign:
            return WrongProvider(
                "not wrapped by the AWS KMS: start under the provider that wrapped it (G-03)"
            )
        if label is not None and label.key != self._settings.key_arn:
            return KmsIncorrectKey(
                "another KMS key wrapped this than the configured one", operation="kms:Decrypt"
            )
        return Tampered("the KMS says that this ciphertext is damaged")

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        method = {
            "GenerateRandom": "generate_random",
            "GenerateDataKey": "generate_data_key",
            "Encrypt": "encrypt",
        }
        try:
            answer: dict[str, Any] = getattr(self._client, method[operation])(**parameters)
        except (BotoCoreError, ClientError) as error:
            raise refusal_for(error, action=f"kms:{operation}") from error
        return answer

    def _self_test(self) -> None:
        canary = self._random_bytes(_CANARY_SIZE)
        if self._decrypt(self._encrypt(canary), self.label) != canary:
            raise KmsInternal("the KMS opened its canary to something else", operation="kms:Decrypt")


def _connect(settings: AwsSettings) -> Any:
    """A client whose retries and time limits are explicit, so that a silent KMS costs seconds, not minutes."""
    config = Config(
        connect_timeout=settings.timeout_s,
        read_timeout=settings.timeout_s,
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
        max_pool_connections=_THREADS,
    )
    return boto3.Session().client(
        "kms",
        region_name=settings.region,
        endpoint_url=settings.endpoint_url,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        aws_session_token=settings.session_token,
        config=config,
    )
