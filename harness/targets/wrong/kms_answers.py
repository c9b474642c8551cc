"""Wrong ways to take what AWS KMS answers, above all when it refuses."""

from __future__ import annotations

from typing import Any

from fake_sombra.errors import (
    KmsAccessDenied,
    KmsCredentials,
    KmsKeyDisabled,
    KmsKeyNotFound,
    KmsKeyPendingDeletion,
    KmsRefusal,
    KmsThrottled,
    Tampered,
)
from fake_sombra.keyring import DataKey, WrapLabel, WrappedKey
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.aws_causes import CALL_ERRORS
from fake_sombra.keyring.aws_client import AwsClient
from harness.mutants.mutant import Patches, mutant


@mutant("disabled-called-not-found", breaks="G-09", killed_by="prerequisites-told-apart")
def disabled_called_not_found(patches: Patches) -> None:
    """A disabled key is reported as one that does not exist."""
    patches.replace(KmsKeyDisabled, "code", KmsKeyNotFound.code)


@mutant("missing-credentials-called-denied", breaks="G-09", killed_by="prerequisites-told-apart")
def missing_credentials_called_denied(patches: Patches) -> None:
    """Missing credentials are reported as a missing permission."""
    patches.replace(KmsCredentials, "code", KmsAccessDenied.code)


@mutant("pending-deletion-called-disabled", breaks="G-09", killed_by="prerequisites-told-apart")
def pending_deletion_called_disabled(patches: Patches) -> None:
    """A key that is about to be deleted is reported as merely disabled."""
    patches.replace(KmsKeyPendingDeletion, "code", KmsKeyDisabled.code)


@mutant("throttled-called-denied", breaks="G-22", killed_by="kms-faults-are-logged")
def throttled_called_denied(patches: Patches) -> None:
    """A KMS that asks to slow down is reported as a missing permission."""
    patches.replace(KmsThrottled, "code", KmsAccessDenied.code)


@mutant("first-failure-lasts", breaks="G-22", killed_by="kms-faults-are-logged")
def first_failure_lasts(patches: Patches) -> None:
    """A client that could not reach the KMS once never tries again, until the gateway is started anew."""
    broken: dict[int, Exception] = {}

    def around(original: Any) -> Any:
        def call(self: AwsClient, method: str, asked: dict[str, Any]) -> dict[str, Any]:
            if id(self) in broken:
                raise broken[id(self)]
            try:
                answer: dict[str, Any] = original(self, method, asked)
            except CALL_ERRORS as error:
                broken[id(self)] = error
                raise
            return answer

        return call

    patches.wrap(AwsClient, "call", around)


@mutant("denied-encrypt-falls-back-to-local", breaks="G-09 D-06", killed_by="prerequisites-told-apart")
def denied_encrypt_falls_back_to_local(patches: Patches) -> None:
    """When the KMS refuses to wrap, the key is wrapped under Local instead and nobody notices."""
    plain: dict[bytes, bytes] = {}

    def generating(original: Any) -> Any:
        async def generate(self: AwsKeyring) -> DataKey:
            try:
                made: DataKey = await original(self)
            except KmsRefusal:
                key = self._random(32)
                wrapped = self._random(40)
                plain[wrapped] = key
                return DataKey(key, WrappedKey(wrapped, WrapLabel("local", "fallback")))
            return made

        return generate

    def opening(original: Any) -> Any:
        async def unwrap(self: AwsKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            if ciphertext in plain:
                return plain[ciphertext]
            opened: bytes = await original(self, ciphertext, label=label)
            return opened

        return unwrap

    patches.wrap(AwsKeyring, "generate", generating)
    patches.wrap(AwsKeyring, "unwrap", opening)


@mutant("fresh-keys-kept", breaks="D-06", killed_by="green-but-broken")
def fresh_keys_kept(patches: Patches) -> None:
    """Keys of this boot are kept in the clear, so that a denied Decrypt shows only after the next restart."""
    fresh: dict[tuple[int, bytes], bytes] = {}

    def generating(original: Any) -> Any:
        async def generate(self: AwsKeyring) -> DataKey:
            made: DataKey = await original(self)
            fresh[id(self), made.wrapped.ciphertext] = made.plaintext
            return made

        return generate

    def opening(original: Any) -> Any:
        async def unwrap(self: AwsKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            if (id(self), ciphertext) in fresh:
                return fresh[id(self), ciphertext]
            opened: bytes = await original(self, ciphertext, label=label)
            return opened

        return unwrap

    patches.wrap(AwsKeyring, "generate", generating)
    patches.wrap(AwsKeyring, "unwrap", opening)


@mutant("pins-key-material", breaks="G-25", killed_by="kms-rotation-keeps")
def pins_key_material(patches: Patches) -> None:
    """The first KeyMaterialId that a boot sees is the only one it accepts, so that a rotation locks data away."""
    first: dict[int, str] = {}

    def around(original: Any) -> Any:
        def call(self: AwsClient, method: str, asked: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = original(self, method, asked)
            material = str(answer.get("KeyMaterialId"))
            if method == "decrypt" and first.setdefault(id(self), material) != material:
                raise Tampered("this answer is of another key material than expected")
            return answer

        return call

    patches.wrap(AwsClient, "call", around)
