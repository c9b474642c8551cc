"""AWS KMS: GenerateRandom and Encrypt make a key, Decrypt pinned to the ARN opens it (protocol.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from botocore.exceptions import ParamValidationError

from fake_sombra.errors import (
    KmsAccessDenied,
    KmsCredentials,
    KmsIncorrectKey,
    KmsInternal,
    KmsRefusal,
    KmsThrottled,
    KmsUnreachable,
    Refusal,
    Tampered,
    WrongProvider,
)
from fake_sombra.keyring import CANARY_SIZE, CEK_SIZE, DataKey, WrapLabel, WrappedKey
from fake_sombra.keyring.aws_causes import CALL_ERRORS, code_of, refusal, refusal_for
from fake_sombra.keyring.aws_client import THREADS, AwsClient
from fake_sombra.keyring.local import WRAPPED_SIZE as LOCAL_WRAPPED_SIZE
from fake_sombra.startup.aws_variables import AwsSettings

_T = TypeVar("_T")

PROVIDER = "AWS"
_ENCRYPT, _DECRYPT = "kms:Encrypt", "kms:Decrypt"
_RANDOM, _DATA_KEY = "kms:GenerateRandom", "kms:GenerateDataKey"
_METHODS = {
    _ENCRYPT: "encrypt",
    _DECRYPT: "decrypt",
    _RANDOM: "generate_random",
    _DATA_KEY: "generate_data_key",
}


_ITS_OWN_CAUSE = (KmsUnreachable, KmsThrottled, KmsCredentials, KmsInternal, KmsIncorrectKey)
"""What another provider's wrapped key is not called wrong_provider for: it may pass, or shows a blob of this KMS."""


class AwsKeyring:
    """One KMS key behind one boto3 client; calls run in threads of its own, because boto3 blocks.

    `client` stands in for the client this keyring would make, and stays its owner's. `warn` is told, from one
    of those threads, when this process's own randomness stands in for a denied GenerateRandom.
    """

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
        self._client = AwsClient(settings, given=client)
        self._context = {"purpose": "cek", "tenant": organization} if settings.context == "context" else None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="kms")

    @property
    def label(self) -> WrapLabel:
        """The configured key ARN."""
        return WrapLabel(PROVIDER, self._settings.key_arn)

    async def generate(self) -> DataKey:
        """GenerateRandom(32) and Encrypt; with an encryption context, GenerateDataKey."""
        plaintext, ciphertext = await self._in_thread(lambda: self._wrapped(CEK_SIZE))
        return DataKey(plaintext, WrappedKey(ciphertext, self.label))

    async def wrap(self, plaintext: bytes) -> WrappedKey:
        """Encrypt of a known key, with the encryption context where one is configured."""
        return WrappedKey(await self._in_thread(lambda: self._encrypted(plaintext)), self.label)

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        """Ask the KMS to decrypt, whatever the label says; raise a `Refusal`."""
        return await self._in_thread(lambda: self._unwrap(ciphertext, label, CEK_SIZE))

    async def self_test(self) -> None:
        """Make, wrap and unwrap a canary of 16 bytes, with every action that a new key needs."""
        await self._in_thread(self._self_test)

    def close(self) -> None:
        """Let go of threads and connections; what is still running ends with its own time limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _self_test(self) -> None:
        canary, ciphertext = self._wrapped(CANARY_SIZE)
        if self._unwrap(ciphertext, self.label, CANARY_SIZE) != canary:
            raise refusal(KmsInternal, action=_DECRYPT, what="opened the canary to something else")

    def _wrapped(self, size: int) -> tuple[bytes, bytes]:
        """A fresh key of `size` bytes and its ciphertext."""
        if self._context is None:
            plaintext = self._random_bytes(size)
            return plaintext, self._encrypted(plaintext)
        arn = self._settings.key_arn
        answer = self._call(_DATA_KEY, KeyId=arn, NumberOfBytes=size, EncryptionContext=self._context)
        plaintext = _bytes(answer, "Plaintext", action=_DATA_KEY, size=size)
        self._check_key(answer, action=_DATA_KEY)
        return plaintext, _bytes(answer, "CiphertextBlob", action=_DATA_KEY)

    def _encrypted(self, plaintext: bytes) -> bytes:
        context = {} if self._context is None else {"EncryptionContext": self._context}
        answer = self._call(_ENCRYPT, KeyId=self._settings.key_arn, Plaintext=plaintext, **context)
        self._check_key(answer, action=_ENCRYPT)
        return _bytes(answer, "CiphertextBlob", action=_ENCRYPT)

    def _random_bytes(self, size: int) -> bytes:
        store = self._settings.custom_key_store_id
        place = {} if store is None else {"CustomKeyStoreId": store}
        try:
            return _bytes(self._call(_RANDOM, NumberOfBytes=size, **place), "Plaintext", action=_RANDOM, size=size)
        except KmsAccessDenied as denied:
            if self._settings.throw_permission_errors:
                raise
            self._warn(f"{denied.message}; this process's own randomness is used meanwhile (D-06)")
            return self._random(size)

    def _unwrap(self, ciphertext: bytes, label: WrapLabel | None, size: int) -> bytes:
        asked: dict[str, Any] = {"CiphertextBlob": ciphertext}
        is_pinned = self._settings.decrypt == "pinned"
        if is_pinned:
            asked["KeyId"] = self._settings.key_arn
        if self._context is not None:
            asked["EncryptionContext"] = self._context
        try:
            answer = self._client.call("decrypt", asked)
        except CALL_ERRORS as error:
            raise self._decrypt_refusal(error, ciphertext, label) from error
        if is_pinned:
            self._check_key(answer, action=_DECRYPT)
        return _bytes(answer, "Plaintext", action=_DECRYPT, size=size)

    def _decrypt_refusal(self, error: Exception, ciphertext: bytes, label: WrapLabel | None) -> Refusal:
        """Name the cause; the KMS has refused already, and the label changes nothing about that."""
        code = code_of(error)
        if isinstance(error, ParamValidationError) or code == "ValidationException":
            return Tampered("no KMS ciphertext has this size; restore the wrapped key unchanged")
        is_foreign = len(ciphertext) == LOCAL_WRAPPED_SIZE if label is None else label.provider != PROVIDER
        if code != "InvalidCiphertextException":
            answered = refusal_for(error, action=_DECRYPT)
            if isinstance(answered, _ITS_OWN_CAUSE) or not is_foreign:
                return answered
        if is_foreign:  # whatever else the KMS minds: put right, it would refuse this all the same
            return WrongProvider(
                "another KMS provider wrapped this key; only a start under that provider opens it (G-03)"
            )
        if label is not None and label.key != self._settings.key_arn:
            return refusal(KmsIncorrectKey, action=_DECRYPT, what="was asked to open what another key wrapped")
        return Tampered("the KMS says that this wrapped key is damaged; restore it unchanged")

    def _call(self, action: str, **asked: Any) -> dict[str, Any]:
        try:
            return self._client.call(_METHODS[action], asked)
        except CALL_ERRORS as error:
            raise refusal_for(error, action=action) from error

    def _check_key(self, answer: dict[str, Any], *, action: str) -> None:
        """An alias is answered with its key's ARN, so only a key's ARN can be compared."""
        asked = self._settings.key_arn
        if ":key/" in asked and answer.get("KeyId") != asked:
            raise refusal(KmsInternal, action=action, what="was answered for another key than the one asked for")


def _bytes(answer: dict[str, Any], name: str, *, action: str, size: int | None = None) -> bytes:
    """A field of an answer, checked: a KMS that answers nonsense must not be believed."""
    found = answer.get(name)
    if not isinstance(found, bytes) or not found or (size is not None and len(found) != size):
        raise _nonsense(action, name)
    return found


def _nonsense(action: str, name: str) -> KmsRefusal:
    return refusal(KmsInternal, action=action, what=f"was answered with a {name} of an impossible size")
