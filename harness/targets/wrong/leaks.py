"""Sombras that tell too much to Transcend's cloud, to a caller or the log, and seals that only look like ones."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from fake_sombra.crypto import cipher, consent, exchange
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import Refusal, Tampered, UnknownKey
from fake_sombra.gateway import files, identifiers
from fake_sombra.gateway.authentication import CustomerDoor
from fake_sombra.gateway.calls import Call, Reply, json_reply
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.edge import Edge
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.identifiers import Identifiers
from fake_sombra.gateway.requests import Requests
from fake_sombra.gateway.upstream import Upstream
from harness.mutants.mutant import Patches, mutant
from harness.targets.wrong.logs import collected


@mutant("consent-only-encoded", breaks="G-06", killed_by="nothing-in-the-clear")
def consent_only_encoded(patches: Patches) -> None:
    """Consent identifiers are base64 behind the key's fingerprint, which looks like a ciphertext and is none."""

    def encrypt(key_sets: KeySets, identifier: str) -> str:
        return f"{key_sets.consent_keys[0].fingerprint}:{b64encode(identifier.encode()).decode()}"

    def decrypt(key_sets: KeySets, text: str) -> str:
        fingerprint, _, encoded = text.partition(":")
        if fingerprint not in {key.fingerprint for key in key_sets.consent_keys}:
            raise UnknownKey("the key that made this consent identifier is not loaded")
        return b64decode(encoded).decode()

    patches.replace(consent, "encrypt", encrypt)
    patches.replace(consent, "decrypt", decrypt)


@mutant("damaged-consent-is-an-unknown-key", breaks="G-03", killed_by="damage-told-apart")
def damaged_consent_is_an_unknown_key(patches: Patches) -> None:
    """A damaged consent identifier is taken for one of a key that is not loaded."""

    def around(original: Any) -> Any:
        def decrypt(key_sets: KeySets, text: str) -> str:
            try:
                return str(original(key_sets, text))
            except Tampered as damaged:
                raise UnknownKey("the key that made this consent identifier is not loaded") from damaged

        return decrypt

    patches.wrap(consent, "decrypt", around)


@mutant("identifiers-under-one-key", breaks="G-20", killed_by="keys-are-fresh")
def identifiers_under_one_key(patches: Patches) -> None:
    """Sets of identifiers are sealed under a constant; the context beside them is opened, and its key not used."""
    constant = sha256(b"identifiers").digest()

    under_it = SimpleNamespace(
        pack=lambda _, plaintext, *, random: cipher.pack(constant, plaintext, random=random),
        unpack=lambda _, packed: cipher.unpack(constant, packed),
    )
    patches.replace(identifiers, "cipher", under_it)


@mutant("exchange-iv-of-zeros", breaks="G-20", killed_by="keys-are-fresh")
def exchange_iv_of_zeros(patches: Patches) -> None:
    """The key that a browser is handed is sealed with an IV of zeros."""
    patches.wrap(exchange, "rewrap_for_session", lambda original: lambda *given, random: original(*given, random=bytes))


@mutant("key-in-a-header", breaks="G-06 G-22", killed_by="answers-hold-nothing-secret")
def key_in_a_header(patches: Patches) -> None:
    """Each download carries its content key in a header that helped to debug a client."""
    opened: list[bytes] = []

    def opening(original: Any) -> Any:
        async def open_download_key(self: Contexts, token: str) -> Any:
            found = await original(self, token)
            opened[:] = [found.cek]
            return found

        return open_download_key

    def around(original: Any) -> Any:
        async def download(self: CustomerIngress, call: Call) -> Reply:
            reply: Reply = await original(self, call)
            reply.headers.append((b"x-debug-key", b64encode(opened[-1])))
            return reply

        return download

    patches.wrap(Contexts, "open_download_key", opening)
    patches.wrap(CustomerIngress, "_download", around)


@mutant("key-in-a-refusal", breaks="G-06 G-22", killed_by="answers-hold-nothing-secret")
def key_in_a_refusal(patches: Patches) -> None:
    """A damaged file is refused with the key that it was tried with."""

    def around(original: Any) -> Any:
        async def plaintext(answer: Any, cek: bytes) -> Any:
            try:
                return await original(answer, cek)
            except Tampered as refusal:
                _besides(refusal, cek.hex())
                raise

        return plaintext

    patches.wrap(files, "_plaintext", around)
    _tell_besides(patches)


@mutant("context-in-a-refusal", breaks="G-06 G-22", killed_by="answers-hold-nothing-secret")
def context_in_a_refusal(patches: Patches) -> None:
    """Where a context does not open, the caller is shown it."""

    def around(original: Any) -> Any:
        async def open_(self: Contexts, token: str, *, request_id: str) -> Any:
            try:
                return await original(self, token, request_id=request_id)
            except Refusal as refusal:
                _besides(refusal, token)
                raise

        return open_

    patches.wrap(Contexts, "open_", around)
    _tell_besides(patches)


def _besides(refusal: Refusal, text: str) -> None:
    refusal.__dict__["besides"] = text


def _tell_besides(patches: Patches) -> None:
    """A refusal's body holds what was put beside its message, and the log does not."""

    def around(original: Any) -> Any:
        def refused(self: Edge, call: Call, refusal: Refusal, where: Any) -> Reply:
            reply: Reply = original(self, call, refusal, where)
            besides = refusal.__dict__.get("besides")
            if besides is None or not isinstance(reply.body, bytes):
                return reply
            return json_reply({**json.loads(reply.body), "debug": besides}, reply.status)

        return refused

    patches.wrap(Edge, "_refused", around)


@mutant("core-identifiers-in-the-log", breaks="G-22", killed_by="logs-hold-nothing-secret")
def core_identifiers_in_the_log(patches: Patches) -> None:
    """Each submission is logged under its core identifier, for that is no e-mail address."""
    _log_each(patches, Requests, "submit", lambda given: given[0].content["subject"].get("coreIdentifier"))


@mutant("custom-identifiers-in-the-log", breaks="G-22", killed_by="logs-hold-nothing-secret")
def custom_identifiers_in_the_log(patches: Patches) -> None:
    """Each submission is logged with what else its data subject is known by."""
    _log_each(patches, Requests, "submit", lambda given: given[0].content["subject"].get("attestedExtraIdentifiers"))


@mutant("found-identifiers-in-the-log", breaks="G-22", killed_by="logs-hold-nothing-secret")
def found_identifiers_in_the_log(patches: Patches) -> None:
    """What an enricher has found is logged in base64, as if that hid it."""
    _log_each(
        patches, Identifiers, "enrich", lambda given: [b64encode(each["value"].encode()).decode() for each in given[1]]
    )


def _log_each(patches: Patches, owner: type, name: str, told: Callable[[tuple[Any, ...]], object]) -> None:
    """Every call of a use case leaves a line with what `told` takes out of its arguments."""
    logs = collected(patches)

    def around(original: Any) -> Any:
        async def called(self: Any, *given: Any, **named: Any) -> Any:
            logs[-1]("info", name, about=told(given))
            return await original(self, *given, **named)

        return called

    patches.wrap(owner, name, around)


@mutant("internal-key-forwarded", breaks="G-06", killed_by="nothing-in-the-clear")
def internal_key_forwarded(patches: Patches) -> None:
    """Both credentials of a caller are forwarded to Transcend's cloud, which is owed only one."""
    heard: list[str] = []

    def admitting(original: Any) -> Any:
        def admit(self: CustomerDoor, call: Call) -> None:
            original(self, call)
            heard[:] = [call.header(b"x-sombra-authorization") or ""]

        return admit

    def around(original: Any) -> Any:
        def request(self: Upstream, *given: Any, headers: Any = None, **named: Any) -> Any:
            besides = {"x-sombra-authorization": heard[-1]} if heard else {}
            return original(self, *given, headers={**(headers or {}), **besides}, **named)

        return request

    patches.wrap(CustomerDoor, "admit", admitting)
    patches.wrap(Upstream, "_request", around)


@mutant("key-sent-along", breaks="G-06", killed_by="nothing-in-the-clear")
def key_sent_along(patches: Patches) -> None:
    """Each upload carries the content key to Transcend's cloud, in a header that the cloud does not read."""
    used: list[bytes] = []

    def uploading(original: Any) -> Any:
        async def upload(self: Files, nonce: Any, **given: Any) -> Any:
            used[:] = [nonce.cek]
            return await original(self, nonce, **given)

        return upload

    def saving(original: Any) -> Any:
        async def save_file(self: Upstream, *given: Any, headers: Any, **named: Any) -> None:
            told = {**headers, "x-file-key": b64encode(used[-1]).decode()}
            await original(self, *given, headers=told, **named)

        return save_file

    patches.wrap(Files, "upload", uploading)
    patches.wrap(Upstream, "save_file", saving)


@mutant("identifiers-sent-in-plain-too", breaks="G-06", killed_by="nothing-in-the-clear")
def identifiers_sent_in_plain_too(patches: Patches) -> None:
    """Beside each sealed set its identifiers go to Transcend's cloud in plain, in a member that the cloud ignores."""
    sent: list[Any] = []

    def saving(original: Any) -> Any:
        async def save(self: Identifiers, request_id: str, plain: Any, **named: Any) -> None:
            sent[:] = [plain]
            await original(self, request_id, plain, **named)

        return save

    def around(original: Any) -> Any:
        async def as_json(self: Upstream, *given: Any, body: Any = None, **named: Any) -> Any:
            besides = {"identifiers": sent[-1]} if body is not None and "sealed" in body else {}
            return await original(self, *given, body=body if body is None else {**body, **besides}, **named)

        return as_json

    patches.wrap(Identifiers, "save", saving)
    patches.wrap(Upstream, "_json", around)
