"""Wrong accounts at AWS KMS: calls that nobody ordered, and answers that are kept to save a call."""

from __future__ import annotations

from typing import Any

from fake_sombra.errors import Refusal
from fake_sombra.gateway.calls import Call
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.edge import Route
from fake_sombra.gateway.files import Files
from fake_sombra.keyring import DataKey, WrapLabel
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.aws_client import AwsClient
from harness.mutants.mutant import Patches, mutant

_IV, _DIGEST = 12, 31


@mutant("opened-keys-kept", breaks="D-06", killed_by="openings-were-attempts")
def opened_keys_kept(patches: Patches) -> None:
    """A key that opened once stays in memory until the next restart, and opens without the KMS from then on."""
    kept: dict[tuple[AwsKeyring, bytes], bytes] = {}

    def around(original: Any) -> Any:
        async def unwrap(self: AwsKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            if (self, ciphertext) not in kept:
                kept[self, ciphertext] = await original(self, ciphertext, label=label)
            return kept[self, ciphertext]

        return unwrap

    patches.wrap(AwsKeyring, "unwrap", around)


@mutant("decrypts-twice", breaks="G-20", killed_by="openings-were-attempts")
def decrypts_twice(patches: Patches) -> None:
    """Each wrapped key is sent to Decrypt again once it has opened, to be sure."""

    def around(original: Any) -> Any:
        def call(self: AwsClient, method: str, asked: dict[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = original(self, method, asked)
            return dict(original(self, method, asked)) if method == "decrypt" else answer

        return call

    patches.wrap(AwsClient, "call", around)


@mutant("canary-before-every-key", breaks="G-20", killed_by="one-call-pair-a-key")
def canary_before_every_key(patches: Patches) -> None:
    """Each new key begins with a self test, three calls more that count against the quota."""

    def around(original: Any) -> Any:
        async def generate(self: AwsKeyring) -> DataKey:
            await _tested(self)
            made: DataKey = await original(self)
            return made

        return generate

    patches.wrap(AwsKeyring, "generate", around)


@mutant("health-tests-the-kms", breaks="G-20", killed_by="one-call-pair-a-key")
def health_tests_the_kms(patches: Patches) -> None:
    """Each look at the customer's health makes, wraps and unwraps a canary, and is green whatever comes of it."""

    def testing(keyring: Any, original: Any) -> Any:
        async def health(call: Call) -> Any:
            if isinstance(keyring, AwsKeyring):
                await _tested(keyring)
            return await original(call)

        return health

    def routes(original: Any) -> Any:
        def of(self: CustomerIngress) -> tuple[Route, ...]:
            keyring, (health, *others) = vars(vars(self.files)["_contexts"])["_keyring"], original(self)
            return (Route(health.method, health.path, testing(keyring, health.handler), is_open=True), *others)

        return of

    patches.wrap(CustomerIngress, "routes", routes)


async def _tested(keyring: AwsKeyring) -> None:
    try:
        await keyring.self_test()
    except Refusal:
        return


@mutant("ivs-from-the-kms", breaks="G-20", killed_by="one-call-pair-a-key")
def ivs_from_the_kms(patches: Patches) -> None:
    """Under AWS the IV of each file is drawn from the KMS, one call more for every upload."""

    def uploading(original: Any) -> Any:
        async def upload(self: Files, *given: Any, **named: Any) -> Any:
            keyring, own = vars(self._contexts)["_keyring"], self._random
            if isinstance(keyring, AwsKeyring):
                self = Files(contexts=self._contexts, upstream=self._upstream, random=_drawing(keyring, own))
            return await original(self, *given, **named)

        return upload

    patches.wrap(Files, "upload", uploading)


def _drawing(keyring: AwsKeyring, own: Any) -> Any:
    def draw(size: int) -> bytes:
        return bytes(keyring._random_bytes(size)) if size == _IV else bytes(own(size))  # noqa: SLF001  as it would

    return draw


@mutant("integrations-encrypted-twice", breaks="G-20", killed_by="one-call-pair-a-key")
def integrations_encrypted_twice(patches: Patches) -> None:
    """Each integration costs a second Encrypt, of something that is no key."""

    def around(original: Any) -> Any:
        async def make(self: Contexts, seal: Any) -> str:
            if isinstance(self._keyring, AwsKeyring):
                await self._keyring.wrap(bytes(_DIGEST))
            made: str = await original(self, seal)
            return made

        return make

    patches.wrap(Contexts, "make_integration", around)
