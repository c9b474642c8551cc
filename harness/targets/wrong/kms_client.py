"""Wrong ways to ask AWS KMS."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from fake_sombra.errors import KmsRefusal
from fake_sombra.gateway.webhooks import Webhooks
from fake_sombra.keyring import WrapLabel
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.aws_client import AwsClient
from harness.mutants.mutant import Patches, mutant
from harness.targets.inprocess import InProcessWorld


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


@mutant("randomness-for-show", breaks="G-20", killed_by="one-call-pair-a-key")
def randomness_for_show(patches: Patches) -> None:
    """GenerateRandom is called, as the policy says, and its answer thrown away for this process's own randomness."""

    def around(original: Any) -> Any:
        def random_bytes(self: AwsKeyring, size: int) -> bytes:
            original(self, size)
            return self._random(size)

        return random_bytes

    patches.wrap(AwsKeyring, "_random_bytes", around)


@mutant("binds-keys-to-a-context", breaks="G-20", killed_by="one-call-pair-a-key")
def binds_keys_to_a_context(patches: Patches) -> None:
    """Keys are sealed with an encryption context that no other Sombra will send."""

    def around(original: Any) -> Any:
        def call(self: AwsClient, method: str, asked: dict[str, Any]) -> dict[str, Any]:
            bound = {"EncryptionContext": {"made-by": "this"}} if method in {"encrypt", "decrypt"} else {}
            answer: dict[str, Any] = original(self, method, {**asked, **bound})
            return answer

        return call

    patches.wrap(AwsClient, "call", around)


@mutant("falls-back-on-any-trouble", breaks="G-22", killed_by="kms-faults-are-logged")
def falls_back_on_any_trouble(patches: Patches) -> None:
    """Own randomness stands in for the KMS's whenever that has any trouble, not only where it is denied."""

    def random(self: AwsKeyring, size: int) -> bytes:
        try:
            return bytes(self._call("kms:GenerateRandom", NumberOfBytes=size)["Plaintext"])
        except KmsRefusal as refusal:
            self._warn(refusal.message)
            return self._random(size)

    patches.replace(AwsKeyring, "_random_bytes", random)


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

    def around(original: Any) -> Any:
        def make(self: Webhooks, job: Any) -> Any:
            keyring = vars(self._contexts)["_keyring"]
            if isinstance(keyring, AwsKeyring):
                _try(keyring._client, "sign", {**asked, "KeyId": keyring.label.key})  # noqa: SLF001  it reaches so far
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


@mutant("describes-the-key-each-time", breaks="G-20", killed_by="one-call-pair-a-key")
def describes_the_key_each_time(patches: Patches) -> None:
    """Each new key begins with a look at the KMS key: one more call that counts against the quota."""
    _before_each(patches, "encrypt", "describe_key")


@mutant("looks-for-aliases", breaks="G-09", killed_by="only-granted-actions")
def looks_for_aliases(patches: Patches) -> None:
    """Each new key begins with a list of the key's aliases, an action that the guide's policy does not grant."""
    _before_each(patches, "encrypt", "list_aliases")


def _before_each(patches: Patches, method: str, other: str) -> None:
    def around(original: Any) -> Any:
        def call(self: AwsClient, name: str, asked: dict[str, Any]) -> dict[str, Any]:
            if name == method:
                original(self, other, {"KeyId": self._settings.key_arn})
            answer: dict[str, Any] = original(self, name, asked)
            return answer

        return call

    patches.wrap(AwsClient, "call", around)


@mutant("foreign-blobs-tried-again", breaks="G-03", killed_by="refusals-were-attempts")
def foreign_blobs_tried_again(patches: Patches) -> None:
    """What the KMS calls an invalid ciphertext is sent three times: after the cutover a storm of its own making."""
    _again(patches, "InvalidCiphertextException")


@mutant("denials-tried-again", breaks="G-09", killed_by="refused-once")
def denials_tried_again(patches: Patches) -> None:
    """A missing permission is asked for three times, as if it were a matter of patience."""
    _again(patches, "AccessDeniedException")


def _again(patches: Patches, code: str) -> None:
    def around(original: Any) -> Any:
        def call(self: AwsClient, method: str, asked: dict[str, Any]) -> dict[str, Any]:
            for _ in range(2):
                try:
                    return dict(original(self, method, asked))
                except ClientError as error:
                    if error.response["Error"]["Code"] != code:
                        raise
            answer: dict[str, Any] = original(self, method, asked)
            return answer

        return call

    patches.wrap(AwsClient, "call", around)


@mutant("kms-randomness-under-local", breaks="G-01", killed_by="local-leaves-kms-alone")
def kms_randomness_under_local(patches: Patches) -> None:
    """After a rollback the AWS client is still there, and Local takes its randomness from the KMS."""
    kept: dict[int, AwsClient] = {}

    def booting(original: Any) -> Any:
        def boot(self: InProcessWorld, variables: Any) -> Any:
            gateway = original(self, variables)
            keyring = gateway._parts.keyring  # noqa: SLF001
            if isinstance(keyring, AwsKeyring):
                kept[id(self)] = keyring._client  # noqa: SLF001  as far as a forgotten client reaches
            elif id(self) in kept:
                vars(keyring)["_random"] = _asking(kept[id(self)], vars(keyring)["_random"])
            return gateway

        return boot

    patches.wrap(InProcessWorld, "_boot", booting)


def _asking(client: AwsClient, random: Any) -> Any:
    def draw(size: int) -> bytes:
        _try(client, "generate_random", {"NumberOfBytes": size})
        drawn: bytes = random(size)
        return drawn

    return draw


@mutant("disabled-stays-disabled", breaks="G-22 D-06", killed_by="key-comes-back")
def disabled_stays_disabled(patches: Patches) -> None:
    """That a key was disabled once is remembered, and only a restart forgets it."""
    disabled: dict[int, Exception] = {}

    def around(original: Any) -> Any:
        def call(self: AwsClient, method: str, asked: dict[str, Any]) -> dict[str, Any]:
            if id(self) in disabled:
                raise disabled[id(self)]
            try:
                answer: dict[str, Any] = original(self, method, asked)
            except ClientError as error:
                if error.response["Error"]["Code"] == "DisabledException":
                    disabled[id(self)] = error
                raise
            return answer

        return call

    patches.wrap(AwsClient, "call", around)


def _try(client: AwsClient, method: str, asked: dict[str, Any]) -> None:
    try:
        client.call(method, asked)
    except ClientError:
        return
