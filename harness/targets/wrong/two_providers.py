"""Two providers where one must be: what stays loaded, is kept or is wrapped twice."""

from __future__ import annotations

from typing import Any

from fake_sombra.errors import Refusal
from fake_sombra.gateway import boot
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.keyring import DataKey, Keyring, WrapLabel, WrappedKey
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.settings import Settings
from harness.mutants.mutant import Patches, mutant


class _Second:
    """The configured keyring, and behind it another that is asked when it refuses."""

    def __init__(self, configured: Keyring, second: Keyring) -> None:
        self._configured = configured
        self._second = second

    @property
    def label(self) -> WrapLabel:
        return self._configured.label

    async def generate(self) -> DataKey:
        return await self._configured.generate()

    async def wrap(self, plaintext: bytes) -> WrappedKey:
        return await self._configured.wrap(plaintext)

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        try:
            return await self._configured.unwrap(ciphertext, label=label)
        except Refusal:
            return await self._second.unwrap(ciphertext, label=label)

    async def self_test(self) -> None:
        await self._configured.self_test()

    def close(self) -> None:
        self._configured.close()


@mutant("keeps-local-keyring", breaks="G-03 G-06", killed_by="cloud-refuses-local files-leak-nothing")
def keeps_local_keyring(patches: Patches) -> None:
    """Under AWS the Local keyring stays loaded and is tried when the KMS refuses."""

    def around(original: Any) -> Any:
        def opening(settings: Settings, **given: Any) -> Keyring:
            return _Second(original(settings, **given), LocalKeyring(settings.key_sets, random=given["random"]))

        return opening

    patches.wrap(boot, "open_keyring", around)


@mutant("keeps-cloud-keyring", breaks="G-24 G-04", killed_by="rollback-refuses-cloud")
def keeps_cloud_keyring(patches: Patches) -> None:
    """After the rollback the AWS client is still there and is tried when Local refuses."""
    seen: list[tuple[Settings, dict[str, Any]]] = []

    def around(original: Any) -> Any:
        def opening(settings: Settings, **given: Any) -> Keyring:
            configured: Keyring = original(settings, **given)
            if settings.aws is not None:
                seen.append((settings, given))
            elif seen:
                return _Second(configured, original(seen[-1][0], **seen[-1][1]))
            return configured

        return opening

    patches.wrap(boot, "open_keyring", around)


@mutant("picks-keyring-by-label", breaks="G-03", killed_by="cloud-refuses-local")
def picks_keyring_by_label(patches: Patches) -> None:
    """Every provider is kept loaded and the label of the wrapped key picks one."""

    def around(original: Any) -> Any:
        async def unwrap(self: AwsKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            if label is not None and label.provider == "local":
                return await _local[0].unwrap(ciphertext, label=label)
            opened: bytes = await original(self, ciphertext, label=label)
            return opened

        return unwrap

    _local: list[LocalKeyring] = []

    def keep(original: Any) -> Any:
        def opening(settings: Settings, **given: Any) -> Keyring:
            _local[:] = [LocalKeyring(settings.key_sets, random=given["random"])]
            opened: Keyring = original(settings, **given)
            return opened

        return opening

    patches.wrap(boot, "open_keyring", keep)
    patches.wrap(AwsKeyring, "unwrap", around)


@mutant("caches-keys-across-boots", breaks="G-03", killed_by="cloud-refuses-local refusals-were-attempts")
def caches_keys_across_boots(patches: Patches) -> None:
    """Opened keys are kept by their wrapped form in a cache that outlives a restart."""
    opened: dict[bytes, bytes] = {}

    def around(original: Any) -> Any:
        async def unwrap(self: Keyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            if ciphertext not in opened:
                opened[ciphertext] = await original(self, ciphertext, label=label)
            return opened[ciphertext]

        return unwrap

    for keyring in (LocalKeyring, AwsKeyring):
        patches.wrap(keyring, "unwrap", around)


@mutant("wraps-under-both", breaks="G-24 G-04", killed_by="rollback-refuses-cloud")
def wraps_under_both(patches: Patches) -> None:
    """New keys are wrapped under Local as well, and that copy opens after the rollback."""
    copies: dict[bytes, WrappedKey] = {}

    def keep_copy(original: Any) -> Any:
        async def make(self: Contexts, **given: Any) -> tuple[bytes, str]:
            made: tuple[bytes, str] = await original(self, **given)
            context = self.verify(made[1], request_id=given["request_id"])
            local = LocalKeyring(self._key_sets, random=lambda _: made[0])
            copies[context.wrapped] = (await local.generate()).wrapped
            return made

        return make

    def use_copy(original: Any) -> Any:
        async def unwrap(self: LocalKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            copy = copies.get(ciphertext)
            given = (ciphertext, label) if copy is None else (copy.ciphertext, copy.label)
            opened: bytes = await original(self, given[0], label=given[1])
            return opened

        return unwrap

    patches.wrap(Contexts, "make", keep_copy)
    patches.wrap(LocalKeyring, "unwrap", use_copy)
