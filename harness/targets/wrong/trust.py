"""Wrong trust: tokens that are believed though nobody signed them, for too long, or for what they were not made for."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from typing import Any

from fake_sombra.crypto import tokens
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import ContextMismatch, Refusal
from fake_sombra.gateway.contexts import Context, Contexts
from fake_sombra.gateway.sessions import Sessions
from fake_sombra.gateway.webhooks import Webhook, Webhooks
from harness.mutants.mutant import Patches, mutant

_SIXTEEN = 16


def _also_believed(patches: Patches, is_believed: Any) -> None:
    """A token that is refused is believed all the same where the function says so of its three parts."""

    def around(original: Any) -> Any:
        def verify(key_sets: KeySets, token: str, *, purpose: Purpose, now: float) -> dict[str, Any]:
            parts = token.split(".")
            if len(parts) == 3 and is_believed(key_sets, purpose, *parts):
                token = f"{tokens._HEADER}.{parts[1]}.{_mac(key_sets, purpose, parts[1])}"  # noqa: SLF001
            claims: dict[str, Any] = original(key_sets, token, purpose=purpose, now=now)
            return claims

        return verify

    patches.wrap(tokens, "verify", around)


def _mac(key_sets: KeySets, purpose: Purpose, body: str) -> str:
    signed = f"{tokens._HEADER}.{body}".encode()  # noqa: SLF001  a wrong Sombra signs what it should only check
    return tokens._encode(hmac.digest(tokens._key(key_sets.first, purpose), signed, "sha384"))  # noqa: SLF001


def _header(part: str) -> dict[str, Any]:
    try:
        found = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@mutant("none-in-any-case", breaks="G-03", killed_by="forged-contexts-refused")
def none_in_any_case(patches: Patches) -> None:
    """The algorithm none is refused as it is spelled, and taken as None."""
    _also_believed(patches, lambda _, purpose, header, body, mac: _header(header).get("alg") == "None" and not mac)


@mutant("half-a-signature-is-enough", breaks="G-03", killed_by="forged-contexts-refused")
def half_a_signature_is_enough(patches: Patches) -> None:
    """Only as much of a signature is compared as was sent."""
    _also_believed(patches, lambda sets, purpose, header, body, mac: _mac(sets, purpose, body).startswith(mac))


@mutant("first-bytes-compared", breaks="G-03", killed_by="forged-contexts-refused")
def first_bytes_compared(patches: Patches) -> None:
    """The first bytes of a signature are compared, and the rest is not."""
    _also_believed(
        patches,
        lambda sets, purpose, header, body, mac: mac[:_SIXTEEN] == _mac(sets, purpose, body)[:_SIXTEEN],
    )


@mutant("public-key-is-a-secret", breaks="G-03", killed_by="forged-contexts-refused")
def public_key_is_a_secret(patches: Patches) -> None:
    """One routine verifies HMAC and ECDSA with the same key object: the published PEM passes for an HMAC key."""

    def is_believed(sets: KeySets, purpose: Purpose, header: str, body: str, mac: str) -> bool:
        pem = sets.first.signing_key.public_pem.encode()
        return mac == tokens._encode(hmac.new(pem, f"{header}.{body}".encode(), hashlib.sha384).digest())  # noqa: SLF001

    _also_believed(patches, is_believed)


@mutant("sessions-of-either-audience", breaks="G-03", killed_by="forged-contexts-refused")
def sessions_of_either_audience(patches: Patches) -> None:
    """Employees and data subjects have sessions of one key: who has one has the other."""

    def around(original: Any) -> Any:
        def key(key_set: Any, purpose: Purpose) -> bytes:
            wide = purpose in {Purpose.EMPLOYEE_SESSION, Purpose.DATA_SUBJECT_SESSION}
            found: bytes = original(key_set, Purpose.EMPLOYEE_SESSION if wide else purpose)
            return found

        return key

    patches.wrap(tokens, "_key", around)


@mutant("download-key-is-a-nonce", breaks="G-03", killed_by="forged-contexts-refused")
def download_key_is_a_nonce(patches: Patches) -> None:
    """A download key passes for a nonce: who may read a file may write one."""

    def around(original: Any) -> Any:
        def claims(body: str) -> dict[str, Any]:
            found: dict[str, Any] = original(body)
            is_download = found.get("kind") == "download" and _asked[-1] is Purpose.NONCE
            return {**found, "kind": "nonce", "dataSiloId": "any"} if is_download else found

        return claims

    def asking(original: Any) -> Any:
        def verify(key_sets: KeySets, token: str, *, purpose: Purpose, now: float) -> Any:
            _asked.append(purpose)
            return original(key_sets, token, purpose=purpose, now=now)

        return verify

    _asked: list[Purpose] = []
    patches.wrap(tokens, "_claims", around)
    patches.wrap(tokens, "verify", asking)


@mutant("browser-key-for-anyone", breaks="G-03", killed_by="forged-contexts-refused")
def browser_key_for_anyone(patches: Patches) -> None:
    """The exchange with a browser does not ask whose session it is, or for any."""
    patches.replace(Sessions, "check", lambda self, session, *, audience: session)


@mutant("webhook-about-anyone", breaks="G-03", killed_by="forged-contexts-refused")
def webhook_about_anyone(patches: Patches) -> None:
    """A webhook is made without a look at whose context it carries."""

    def around(original: Any) -> Any:
        def make(self: Webhooks, job: Webhook) -> Any:
            with Patches() as inner:
                inner.replace(Contexts, "verify", lambda *_, **__: None)
                return original(self, job)

        return make

    patches.wrap(Webhooks, "make", around)


@mutant("unwraps-before-it-compares", breaks="G-03", killed_by="forged-contexts-refused")
def unwraps_before_it_compares(patches: Patches) -> None:
    """Whose context it is gets asked after its key was opened: a mix-up is called a wrong provider."""

    async def opened(self: Contexts, token: str, *, request_id: str) -> bytes:
        claims = self._verify(token, Purpose.CONTEXT)
        context: Context = self.verify(token, request_id=str(claims.get("requestId")))
        key = await self._keyring.unwrap(context.wrapped, label=context.label)
        if context.request_id != request_id:
            raise ContextMismatch("this context belongs to another request")
        return key

    patches.replace(Contexts, "open_", opened)


@mutant("expired-tokens-work", breaks="G-11 D-12", killed_by="tokens-end-in-time")
def expired_tokens_work(patches: Patches) -> None:
    """That a token has an end is written into it and never read."""
    patches.replace(tokens, "_check_time", lambda claims, now: None)


@mutant("session-spans-not-read", breaks="G-11 D-12", killed_by="tokens-end-in-time")
def session_spans_not_read(patches: Patches) -> None:
    """Sessions last as long as by default, whatever the environment says."""

    def around(original: Any) -> Any:
        def init(self: Sessions, **given: Any) -> None:
            original(self, **given)
            self._lifetimes = dict.fromkeys(self._lifetimes, 432_000.0)

        return init

    patches.wrap(Sessions, "__init__", around)


@mutant("nonces-end-after-an-hour", breaks="G-11 D-12", killed_by="tokens-end-in-time")
def nonces_end_after_an_hour(patches: Patches) -> None:
    """A nonce ends with its webhook's token, and a data silo that answers late is refused."""

    def around(original: Any) -> Any:
        def sign(self: Contexts, claims: Any, purpose: Purpose) -> str:
            end = {"exp": int(self._clock.now()) + 3600} if purpose is Purpose.NONCE else {}
            signed: str = original(self, {**claims, **end}, purpose)
            return signed

        return sign

    patches.wrap(Contexts, "_sign", around)


@mutant("stale-keys-look-like-lost-files", breaks="G-12", killed_by="outer-refusals-named")
def stale_keys_look_like_lost_files(patches: Patches) -> None:
    """A download key that fails by itself is refused without the words by which a client asks for a fresh one."""

    def around(original: Any) -> Any:
        def verify(self: Contexts, token: str, purpose: Purpose) -> Any:
            try:
                return original(self, token, purpose)
            except Refusal as refusal:
                if purpose is Purpose.DOWNLOAD:
                    raise _Bare(refusal) from refusal
                raise

        return verify

    def opening(original: Any) -> Any:
        async def open_download_key(self: Contexts, token: str) -> Any:
            try:
                return await original(self, token)
            except _Bare as bare:
                raise bare.refusal from None

        return open_download_key

    patches.wrap(Contexts, "_verify", around)
    patches.wrap(Contexts, "open_download_key", opening)


class _Bare(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
