"""Wrong seals: keys and IVs used twice, and content or keys that stand in the clear at Transcend's cloud."""

from __future__ import annotations

import json
from base64 import b64encode
from contextvars import ContextVar
from typing import Any

from fake_sombra.crypto import cipher, tokens
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import Refusal
from fake_sombra.gateway import contexts
from fake_sombra.gateway.contexts import Contexts, OpenNonce
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.integrations import Integrations
from fake_sombra.gateway.requests import Requests
from fake_sombra.keyring import DataKey, WrapLabel, WrappedKey
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.local import LocalKeyring
from harness.mutants.mutant import Patches, mutant


@mutant("one-local-key-for-all", breaks="G-20 G-08", killed_by="keys-are-fresh")
def one_local_key_for_all(patches: Patches) -> None:
    """Under Local the first content key of a boot serves every later request."""
    made: dict[int, bytes] = {}

    def around(original: Any) -> Any:
        async def generate(self: LocalKeyring) -> DataKey:
            first = made.setdefault(id(self), self._random(32))
            again = LocalKeyring(self._key_sets, random=lambda size: first)
            made_again: DataKey = await original(again)
            return made_again

        return generate

    patches.wrap(LocalKeyring, "generate", around)


@mutant("restart-wraps-the-old-key", breaks="G-08", killed_by="keys-are-fresh")
def restart_wraps_the_old_key(patches: Patches) -> None:
    """A restart under the same provider wraps the old key anew instead of making one."""
    old: list[bytes] = []

    def submitting(original: Any) -> Any:
        async def submit(self: Requests, body: Any, *, authorization: str) -> Any:
            old.clear()
            restarted = body.optional_text("requestId")
            if restarted is not None:
                found = await self._upstream.request(restarted, authorization=authorization)
                try:
                    old.append(await self._contexts.open_(str(found["encryptedCEKContext"]), request_id=restarted))
                except Refusal:
                    old.clear()
            return await original(self, body, authorization=authorization)

        return submit

    def generating(original: Any) -> Any:
        async def generate(self: LocalKeyring) -> DataKey:
            kept = old.pop() if old else None
            source = self if kept is None else LocalKeyring(self._key_sets, random=lambda size: kept)
            made: DataKey = await original(source)
            return made

        return generate

    patches.wrap(Requests, "submit", submitting)
    patches.wrap(LocalKeyring, "generate", generating)


@mutant("iv-of-zeros", breaks="G-20", killed_by="keys-are-fresh")
def iv_of_zeros(patches: Patches) -> None:
    """Every file is sealed with the same IV, which gives its plaintext away to who knows one."""

    def around(original: Any) -> Any:
        def init(self: Files, *, random: Any, **given: Any) -> None:
            original(self, random=lambda size: bytes(12) if size == 12 else random(size), **given)

        return init

    patches.wrap(Files, "__init__", around)


@mutant("files-kept-in-plain", breaks="G-06", killed_by="nothing-in-the-clear")
def files_kept_in_plain(patches: Patches) -> None:
    """Files are authenticated and not encrypted: Transcend's cloud reads them."""
    patches.replace(cipher.Encryptor, "update", lambda self, chunk: chunk)
    patches.replace(cipher.Encryptor, "finish", lambda self: bytes(16))
    patches.replace(cipher.Decryptor, "update", lambda self, chunk: chunk)
    patches.replace(cipher.Decryptor, "finish", lambda self: None)


@mutant("key-beside-its-wrap", breaks="G-06", killed_by="nothing-in-the-clear")
def key_beside_its_wrap(patches: Patches) -> None:
    """A context holds its key in the clear besides, from a time when that helped to debug."""
    known: dict[bytes, str] = {}

    def remembering(original: Any) -> Any:
        async def generate(self: LocalKeyring | AwsKeyring) -> DataKey:
            key: DataKey = await original(self)
            known[key.wrapped.ciphertext] = key.plaintext.hex()
            return key

        return generate

    def around(original: Any) -> Any:
        def claims(wrapped: WrappedKey) -> dict[str, Any]:
            return {**original(wrapped), "debug": known.get(wrapped.ciphertext)}

        return claims

    patches.wrap(LocalKeyring, "generate", remembering)
    patches.wrap(AwsKeyring, "generate", remembering)
    patches.wrap(contexts, "_wrap_claims", around)


@mutant("local-wraps-nothing", breaks="G-06", killed_by="nothing-in-the-clear")
def local_wraps_nothing(patches: Patches) -> None:
    """The Local wrap is the key itself behind a marker of the same length."""

    async def generate(self: LocalKeyring) -> DataKey:
        key = self._random(32)
        return DataKey(key, WrappedKey(bytes.fromhex(self.label.key) + key, self.label))

    def around(original: Any) -> Any:
        async def unwrap(self: LocalKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            known = {bytes.fromhex(each) for each in self._key_sets.fingerprints}
            if ciphertext[:8] in known:
                return ciphertext[8:]
            opened: bytes = await original(self, ciphertext, label=label)
            return opened

        return unwrap

    patches.replace(LocalKeyring, "generate", generate)
    patches.wrap(LocalKeyring, "unwrap", around)


@mutant("integrations-in-the-clear", breaks="G-06", killed_by="nothing-in-the-clear")
def integrations_in_the_clear(patches: Patches) -> None:
    """The context of an integration names what it was registered with, secrets included."""
    told: ContextVar[str] = ContextVar("told")

    def around(original: Any) -> Any:
        async def register(self: Integrations, body: Any) -> str:
            told.set(b64encode(json.dumps(body.content).encode()).decode())
            made: str = await original(self, body)
            return made

        return register

    def signing(original: Any) -> Any:
        def sign(self: Contexts, claims: Any, purpose: Purpose) -> str:
            besides = {"registered": told.get()} if purpose is Purpose.INTEGRATION else {}
            signed: str = original(self, {**claims, **besides}, purpose)
            return signed

        return sign

    patches.wrap(Integrations, "register", around)
    patches.wrap(Contexts, "_sign", signing)


@mutant("label-in-another-case", breaks="G-20 G-03", killed_by="contexts-name-their-wrap")
def label_in_another_case(patches: Patches) -> None:
    """Contexts made under AWS are labelled aws, which whoever counts eras by the label does not find."""

    def around(original: Any) -> Any:
        def claims(wrapped: WrappedKey) -> dict[str, Any]:
            made: dict[str, Any] = original(wrapped)
            return {**made, "wrap": {**made["wrap"], "provider": made["wrap"]["provider"].lower()}}

        return claims

    patches.wrap(contexts, "_wrap_claims", around)


@mutant("label-of-the-last-key", breaks="G-20 G-03", killed_by="contexts-name-their-wrap")
def label_of_the_last_key(patches: Patches) -> None:
    """Contexts name the key's id where the others name its ARN."""

    def around(original: Any) -> Any:
        async def generate(self: AwsKeyring) -> DataKey:
            made: DataKey = await original(self)
            short = WrapLabel(made.wrapped.label.provider, made.wrapped.label.key.rpartition("/")[2])
            return DataKey(made.plaintext, WrappedKey(made.wrapped.ciphertext, short))

        return generate

    patches.wrap(AwsKeyring, "generate", around)


@mutant("local-wraps-with-gcm", breaks="G-20 G-03", killed_by="contexts-name-their-wrap")
def local_wraps_with_gcm(patches: Patches) -> None:
    """Local wraps with AES-GCM, 60 bytes, where every other Sombra expects the 40 of AES Key Wrap."""

    async def generate(self: LocalKeyring) -> DataKey:
        key = self._random(32)
        return DataKey(key, WrappedKey(cipher.pack(self._key_sets.first.kek, key, random=self._random), self.label))

    def around(original: Any) -> Any:
        async def unwrap(self: LocalKeyring, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
            for each in self._key_sets.loaded:
                try:
                    return cipher.unpack(each.kek, ciphertext)
                except Refusal:
                    continue
            opened: bytes = await original(self, ciphertext, label=label)
            return opened

        return unwrap

    patches.replace(LocalKeyring, "generate", generate)
    patches.wrap(LocalKeyring, "unwrap", around)


@mutant("one-id-for-all-webhooks", breaks="G-20", killed_by="keys-are-fresh")
def one_id_for_all_webhooks(patches: Patches) -> None:
    """Every webhook's token carries the same id, and receivers that look for replays take one of them."""
    patches.wrap(
        tokens, "sign_webhook_token", lambda original: lambda sets, **given: original(sets, **given | {"jti": "1"})
    )


@mutant("answers-under-a-key-of-their-own", breaks="G-05", killed_by="next-steps-work-before")
def answers_under_a_key_of_their_own(patches: Patches) -> None:
    """What a silo answers is sealed under a fresh key, which nobody keeps."""

    def around(original: Any) -> Any:
        async def upload(self: Files, nonce: Any, *, mimetype: str, **given: Any) -> Any:
            if mimetype == "application/json":
                nonce = OpenNonce(nonce.request_id, nonce.data_silo_id, nonce.context, self._random(32))
            return await original(self, nonce, mimetype=mimetype, **given)

        return upload

    patches.wrap(Files, "upload", around)
