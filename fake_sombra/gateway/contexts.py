"""How a request's key travels: wrapped, in a signed context, in a nonce or download key around it.

Every way to a key runs through `Contexts`, so that the causes keep their order (protocol.md): the outer
token's signature, the inner context's signature, `context_mismatch`, and only then the unwrap.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fake_sombra.clock import Clock
from fake_sombra.crypto import tokens
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import ContextMismatch, Refusal, SignatureInvalid
from fake_sombra.gateway.shapes import stored_bytes
from fake_sombra.keyring import Keyring, WrapLabel, WrappedKey

DOWNLOAD_KEY_S = 3600
_DOWNLOAD_CHECK = "fileMetadata#verify"  # the words a client looks for (clients.md section 5)


@dataclass(frozen=True, slots=True)
class Context:
    """A verified context, not yet opened."""

    request_id: str
    core_identifier: str
    wrapped: bytes
    label: WrapLabel | None


@dataclass(frozen=True, slots=True)
class OpenNonce:
    """A verified nonce whose context opened."""

    request_id: str
    data_silo_id: str
    context: str = field(repr=False)
    cek: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenDownloadKey:
    """A verified download key whose context opened."""

    file_id: str
    request_id: str
    cek: bytes = field(repr=False)


class Contexts:
    """Makes, verifies and opens contexts and the tokens around them, for one boot."""

    def __init__(self, *, key_sets: KeySets, keyring: Keyring, clock: Clock) -> None:
        self._key_sets = key_sets
        self._keyring = keyring
        self._clock = clock

    async def make(self, *, request_id: str, core_identifier: str) -> tuple[bytes, str]:
        """Return a new content encryption key and its signed context."""
        key = await self._keyring.generate()
        claims = {"requestId": request_id, "coreIdentifier": core_identifier, **_wrap_claims(key.wrapped)}
        return key.plaintext, self._sign(claims, Purpose.CONTEXT)

    async def renew(self, token: str, *, request_id: str) -> str:
        """Return a further context with the same key, by the first signing key and the present wrapping key."""
        context = self.verify(token, request_id=request_id)
        wrapped = await self._keyring.wrap(await self._keyring.unwrap(context.wrapped, label=context.label))
        claims = {"requestId": request_id, "coreIdentifier": context.core_identifier, **_wrap_claims(wrapped)}
        return self._sign(claims, Purpose.CONTEXT)

    def fittest(self, context: str, renewals: Sequence[str]) -> str:
        """Return the newest of a context's renewals that a loaded key signed, or the context itself.

        All carry one key. A renewal outlives the key that signed the original, and the original a rollback to it.
        """
        for renewal in renewals:
            try:
                self._verify(renewal, Purpose.CONTEXT)
            except Refusal:
                continue
            return renewal
        return context

    def verify(self, token: str, *, request_id: str) -> Context:
        """Check a context's signature and that it is this request's; opens nothing."""
        claims = self._verify(token, Purpose.CONTEXT)
        if claims.get("requestId") != request_id:
            raise ContextMismatch("this context belongs to another request; send the request's own")
        return Context(request_id, str(claims.get("coreIdentifier", "")), *_wrapped_in(claims))

    async def open_(self, token: str, *, request_id: str) -> bytes:
        """Return the key inside a request's context."""
        context = self.verify(token, request_id=request_id)
        return await self._keyring.unwrap(context.wrapped, label=context.label)

    def make_nonce(self, *, request_id: str, data_silo_id: str, context: str) -> str:
        """Sign the token that lets a customer's service answer for one data silo."""
        claims = {"encryptedCEKContext": context, "requestId": request_id, "dataSiloId": data_silo_id}
        return self._sign(claims, Purpose.NONCE)

    def make_preflight_nonce(self, *, request_id: str, enricher_id: str, context: str) -> str:
        """Sign the token that lets a customer's service answer one preflight check, and no data silo's job."""
        claims = {"encryptedCEKContext": context, "requestId": request_id, "enricherId": enricher_id}
        return self._sign(claims, Purpose.NONCE)

    async def open_nonce(self, token: str) -> OpenNonce:
        """Verify a data silo's nonce, then open its context: always, also when the key will not be needed."""
        claims = self._verify(token, Purpose.NONCE)
        if "enricherId" in claims:
            raise SignatureInvalid("this nonce came with a preflight webhook; send the one of the job's own webhook")
        request_id, context = _claim(claims, "requestId"), _claim(claims, "encryptedCEKContext")
        silo = _claim(claims, "dataSiloId")
        return OpenNonce(request_id, silo, context, await self.open_(context, request_id=request_id))

    async def prove_nonce(self, token: str) -> str:
        """Verify a nonce of either kind and open its context; return whose request it is."""
        claims = self._verify(token, Purpose.NONCE)
        request_id = _claim(claims, "requestId")
        await self.open_(_claim(claims, "encryptedCEKContext"), request_id=request_id)
        return request_id

    def make_download_key(self, *, file_id: str, request_id: str, context: str) -> str:
        """Sign the token that opens one file for an hour; the context inside is not looked at."""
        claims = {"fileId": file_id, "requestId": request_id, "encryptedCEKContext": context}
        expires = int(self._clock.now()) + DOWNLOAD_KEY_S
        return self._sign({**claims, "exp": expires}, Purpose.DOWNLOAD)

    async def open_download_key(self, token: str) -> OpenDownloadKey:
        """Verify a download key, then open its context; a refusal of the outer token names its check."""
        try:
            claims = self._verify(token, Purpose.DOWNLOAD)
        except Refusal as refusal:
            message = f"{_DOWNLOAD_CHECK}: {refusal.message}"
            raise type(refusal)(message, where=_DOWNLOAD_CHECK) from refusal
        request_id, context = _claim(claims, "requestId"), _claim(claims, "encryptedCEKContext")
        cek = await self.open_(context, request_id=request_id)
        return OpenDownloadKey(_claim(claims, "fileId"), request_id, cek)

    async def make_integration(self, seal: Callable[[bytes], bytes]) -> str:
        """Return an integration's context: its content under a data key of its own."""
        key = await self._keyring.generate()
        sealed = b64encode(seal(key.plaintext)).decode()
        return self._sign({"integration": sealed, **_wrap_claims(key.wrapped)}, Purpose.INTEGRATION)

    async def renew_integration(self, token: str) -> str:
        """Return a further integration's context with the same data key and content."""
        claims = self._verify(token, Purpose.INTEGRATION)
        wrapped, label = _wrapped_in(claims)
        renewed = await self._keyring.wrap(await self._keyring.unwrap(wrapped, label=label))
        return self._sign({"integration": _claim(claims, "integration"), **_wrap_claims(renewed)}, Purpose.INTEGRATION)

    async def sign_code(
        self, code: str, settings: Mapping[str, Any], *, seal: Callable[[bytes], bytes] | None
    ) -> tuple[str, str]:
        """Sign a custom function and its context; what `seal` returns is the environment under a key of its own."""
        claims = dict(settings)
        if seal is not None:
            key = await self._keyring.generate()
            claims |= {"userDefinedEncryptedEnv": b64encode(seal(key.plaintext)).decode(), **_wrap_claims(key.wrapped)}
        body = b64encode(code.encode()).decode()
        return self._sign({"base64Code": body}, Purpose.CODE), self._sign(claims, Purpose.CODE_CONTEXT)

    async def open_integration(self, token: str) -> tuple[bytes, bytes]:
        """Return an integration's data key and its sealed content."""
        claims = self._verify(token, Purpose.INTEGRATION)
        wrapped, label = _wrapped_in(claims)
        cek = await self._keyring.unwrap(wrapped, label=label)
        return cek, _base64_claim(claims, "integration")

    def _sign(self, claims: Mapping[str, Any], purpose: Purpose) -> str:
        return tokens.sign(self._key_sets, {**claims, "iat": int(self._clock.now())}, purpose=purpose)

    def _verify(self, token: str, purpose: Purpose) -> Mapping[str, Any]:
        return tokens.verify(self._key_sets, token, purpose=purpose, now=self._clock.now())


def context_of(stored: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the context that something stored was made with, and the renewals of it, newest first."""
    renewals = stored.get("renewals") or []
    return str(stored["encryptedCEKContext"]), [str(each) for each in renewals]


def _wrap_claims(wrapped: WrappedKey) -> dict[str, Any]:
    label = wrapped.label
    return {
        "encryptedCEK": b64encode(wrapped.ciphertext).decode(),
        "wrap": {"provider": label.provider, "key": label.key},
    }


def _claim(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise SignatureInvalid(f"this token holds no {name}; send the one that Sombra handed out")
    return value


def _base64_claim(claims: Mapping[str, Any], name: str) -> bytes:
    return stored_bytes(_claim(claims, name), where=f"{name} of this context")


def _wrapped_in(claims: Mapping[str, Any]) -> tuple[bytes, WrapLabel | None]:
    wrap = claims.get("wrap")
    provider, key = (wrap.get("provider"), wrap.get("key")) if isinstance(wrap, dict) else (None, None)
    label = WrapLabel(provider, key) if isinstance(provider, str) and isinstance(key, str) else None
    return _base64_claim(claims, "encryptedCEK"), label
