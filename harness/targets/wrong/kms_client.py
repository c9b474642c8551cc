"""Wrong ways to ask AWS KMS."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from fake_sombra.gateway.webhooks import Webhooks
from fake_sombra.keyring import WrapLabel
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.aws_client import AwsClient
from harness.mutants.mutant import Patches, mutant


@mutant("encrypts-twice", breaks="G-20", killed_by="one-call-pair-a-key")
def encrypts_twice(patches: Patches) -> None:
    """Each new key is sent to Encrypt twice, the second answer thrown away."""

    def around(original: Any) -> Any:
        def call(self: AwsClient, method: str, asked: dict[str, Any]) -> dict[str, Any]:
            if method == "encrypt":
                original(self, method, asked)
            answer: dict[str, Any] = original(self, method, asked)
            return answer

        return call

    patches.wrap(AwsClient, "call", around)


@mutant("uses-generate-data-key", breaks="G-20", killed_by="one-call-pair-a-key")
def uses_generate_data_key(patches: Patches) -> None:
    """New keys come from GenerateDataKey, an action that the guide's policy does not grant."""

    def around(original: Any) -> Any:
        def wrapped(self: AwsKeyring, size: int) -> tuple[bytes, bytes]:
            answer = self._call("kms:GenerateDataKey", KeyId=self._settings.key_arn, NumberOfBytes=size)
            return answer["Plaintext"], answer["CiphertextBlob"]

        return wrapped

    patches.wrap(AwsKeyring, "_wrapped", around)


@mutant("own-randomness", breaks="G-20", killed_by="one-call-pair-a-key")
def own_randomness(patches: Patches) -> None:
    """Keys are made of this process's own randomness, never of the KMS's."""
    patches.replace(AwsKeyring, "_random_bytes", lambda self, size: self._random(size))


@mutant("denied-randomness-is-fatal", breaks="G-09 D-06", killed_by="prerequisites-told-apart")
def denied_randomness_is_fatal(patches: Patches) -> None:
    """A denied GenerateRandom fails the request instead of falling back with a warning."""
    patches.replace(
        AwsKeyring,
        "_random_bytes",
        lambda self, size: self._call("kms:GenerateRandom", NumberOfBytes=size)["Plaintext"],
    )


@mutant("unwraps-with-any-key", breaks="G-09", killed_by="kms-key-is-pinned")
def unwraps_with_any_key(patches: Patches) -> None:
    """Decrypt is called without the key's ARN, so that any key of the account opens."""

    def around(original: Any) -> Any:
        def unwrap(self: AwsKeyring, ciphertext: bytes, label: WrapLabel | None, size: int) -> bytes:
            try:
                return bytes(self._client.call("decrypt", {"CiphertextBlob": ciphertext})["Plaintext"])
            except ClientError:
                opened: bytes = original(self, ciphertext, label, size)
                return opened

        return unwrap

    patches.wrap(AwsKeyring, "_unwrap", around)


@mutant("signs-through-kms", breaks="G-13", killed_by="kms-never-signs")
def signs_through_kms(patches: Patches) -> None:
    """Webhook tokens are signed by the KMS, and by the own key where it refuses."""
    asked = {"Message": b"token", "SigningAlgorithm": "ECDSA_SHA_384"}
    kept = _keep_clients(patches)

    def around(original: Any) -> Any:
        def make(self: Webhooks, job: Any) -> Any:
            if self._settings.aws is not None and kept:
                _try(kept[-1], "sign", {**asked, "KeyId": self._settings.aws.key_arn})
            return original(self, job)

        return make

    patches.wrap(Webhooks, "make", around)


@mutant("imports-the-signing-key", breaks="G-13", killed_by="kms-never-signs")
def imports_the_signing_key(patches: Patches) -> None:
    """At its start the gateway tries to import its signing key into the KMS."""
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}

    def around(original: Any) -> Any:
        def self_test(self: AwsKeyring) -> None:
            _try(self._client, "get_parameters_for_import", {"KeyId": self._settings.key_arn, **wrapping})
            original(self)

        return self_test

    patches.wrap(AwsKeyring, "_self_test", around)


def _keep_clients(patches: Patches) -> list[AwsClient]:
    kept: list[AwsClient] = []

    def around(original: Any) -> Any:
        def init(self: AwsClient, *given: Any, **named: Any) -> None:
            kept.append(self)
            original(self, *given, **named)

        return init

    patches.wrap(AwsClient, "__init__", around)
    return kept


def _try(client: AwsClient, method: str, asked: dict[str, Any]) -> None:
    try:
        client.call(method, asked)
    except ClientError:
        return
