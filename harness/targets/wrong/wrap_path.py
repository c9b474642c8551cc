"""Wrong ways to wrap and unwrap a content encryption key."""

from __future__ import annotations

from typing import Any

from fake_sombra.crypto import key_sets
from fake_sombra.crypto.derive import derive
from fake_sombra.errors import Tampered, WrongProvider
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.keyring import DataKey, WrapLabel, WrappedKey
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.local import LocalKeyring
from harness.mutants.mutant import Patches, mutant


@mutant("refuses-by-label", breaks="G-03", killed_by="refusals-were-attempts")
def refuses_by_label(patches: Patches) -> None:
    """A label of the other provider is refused at once, without asking the KMS."""

    def around(original: Any) -> Any:
        async def unwrap(self: AwsKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            if label is not None and label.provider != self.label.provider:
                raise WrongProvider("the label says that another provider wrapped this key")
            opened: bytes = await original(self, ciphertext, label=label)
            return opened

        return unwrap

    patches.wrap(AwsKeyring, "unwrap", around)


@mutant("wrong-provider-called-tampered", breaks="G-03", killed_by="cloud-refuses-local")
def wrong_provider_called_tampered(patches: Patches) -> None:
    """A key of the other provider is reported as damaged."""
    patches.replace(WrongProvider, "code", Tampered.code)


@mutant("opens-under-first-entry-only", breaks="G-23", killed_by="rollback-restores rollback-from-every-step")
def opens_under_first_entry_only(patches: Patches) -> None:
    """Local unwraps under the first entry of JWT_ECDSA_KEY only."""

    def around(original: Any) -> Any:
        async def unwrap(self: LocalKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            first = LocalKeyring(key_sets.KeySets(self._key_sets.loaded[:1]), random=self._random)
            opened: bytes = await original(first, ciphertext, label=label)
            return opened

        return unwrap

    patches.wrap(LocalKeyring, "unwrap", around)


@mutant("wraps-under-last-entry", breaks="D-03", killed_by="rotated-before-stop")
def wraps_under_last_entry(patches: Patches) -> None:
    """Local wraps new keys under the last entry of JWT_ECDSA_KEY."""

    def around(original: Any) -> Any:
        async def generate(self: LocalKeyring) -> DataKey:
            last = LocalKeyring(key_sets.KeySets(self._key_sets.loaded[-1:]), random=self._random)
            made: DataKey = await original(last)
            return DataKey(made.plaintext, WrappedKey(made.wrapped.ciphertext, self.label))

        return generate

    patches.wrap(LocalKeyring, "generate", around)


@mutant("local-root-of-whole-list", breaks="G-23", killed_by="rollback-restores")
def local_root_of_whole_list(patches: Patches) -> None:
    """Local derives its wrapping keys from the whole list, so that a rotation changes all of them."""

    def around(original: Any) -> Any:
        def of(cls: type[key_sets.KeySets], /, signing_keys: Any, **given: Any) -> key_sets.KeySets:
            made: key_sets.KeySets = original.__func__(cls, signing_keys, **given)
            whole = b"".join(each.scalar for each in signing_keys)
            for each in made.loaded:
                object.__setattr__(each, "kek", derive(whole, f"KEY_ENCRYPTION_BASE {each.fingerprint}", 32))
            return made

        return classmethod(of)

    patches.wrap(key_sets.KeySets, "of", around)


@mutant("one-key-for-all-requests", breaks="G-20", killed_by="one-call-pair-a-key")
def one_key_for_all_requests(patches: Patches) -> None:
    """The first content encryption key of a boot serves every later request."""
    made: dict[int, DataKey] = {}

    def around(original: Any) -> Any:
        async def generate(self: AwsKeyring) -> DataKey:
            if id(self) not in made:
                made[id(self)] = await original(self)
            return made[id(self)]

        return generate

    patches.wrap(AwsKeyring, "generate", around)


@mutant("integrations-stay-local", breaks="G-20", killed_by="new-artifacts-open one-call-pair-a-key")
def integrations_stay_local(patches: Patches) -> None:
    """The data keys of integrations are still wrapped under Local after the cutover."""

    def around(original: Any) -> Any:
        async def make_integration(self: Contexts, seal: Any) -> str:
            local = LocalKeyring(self._key_sets, random=_random_of(self))
            made: str = await original(Contexts(key_sets=self._key_sets, keyring=local, clock=self._clock), seal)
            return made

        return make_integration

    patches.wrap(Contexts, "make_integration", around)


def _random_of(contexts: Contexts) -> Any:
    return vars(contexts._keyring)["_random"]  # noqa: SLF001  a wrong Sombra reaches where it must not


@mutant("stores-cut-ciphertext", breaks="G-19", killed_by="healthy-and-works")
def stores_cut_ciphertext(patches: Patches) -> None:
    """The column for wrapped keys is one byte too short for what the KMS answers."""

    def around(original: Any) -> Any:
        async def generate(self: AwsKeyring) -> DataKey:
            made: DataKey = await original(self)
            return DataKey(made.plaintext, WrappedKey(made.wrapped.ciphertext[:-1], made.wrapped.label))

        return generate

    patches.wrap(AwsKeyring, "generate", around)
