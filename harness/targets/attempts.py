"""How artifacts are opened by the live gateway's own use cases, without HTTP, JSON and SQL around each attempt.

What is opened are the bytes that the stand-in holds; what opens them is the gateway's code and keyring, and under
AWS the KMS behind the botocore door. Only the carriage is left out, so a look over the wire stays needed besides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import jwt

from fake_sombra.crypto import consent, tokens
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import Refusal
from fake_sombra.gateway.boot import Gateway
from fake_sombra.gateway.upstream import Upstream
from fake_sombra.http import Answer, Loopback
from fake_sombra.transcend.blobs import Blobs
from fake_sombra.transcend.holdings import Holdings, StoredFile
from harness.artifacts import Artifact
from harness.model import Expectation
from harness.target import CONNECTION_REFUSED

_READABLE = Expectation(readable=True)
_GONE = Expectation(readable=False, cause=CONNECTION_REFUSED)
_GARBAGE = Expectation(readable=False, cause="garbage")


class WebhookReceiver:
    """Verifies webhook tokens as a receiver does (clients.md section 9), each pair of token and PEM once.

    A verification depends on nothing but the two, and ES384 costs as much as everything else together.
    """

    def __init__(self, audience: str) -> None:
        self._audience = audience
        self._known: dict[tuple[str, str], Expectation] = {}

    def verify(self, token: str, pem: str, value: str) -> Expectation:
        """Whether the token says this of a data subject under this PEM."""
        if (token, pem) not in self._known:
            self._known[token, pem] = self._verified(token, pem, value)
        return self._known[token, pem]

    def _verified(self, token: str, pem: str, value: str) -> Expectation:
        try:
            claims = jwt.decode(token, pem, algorithms=["ES384"], audience=self._audience)
        except jwt.ExpiredSignatureError:
            return Expectation(readable=False, cause="token_expired")
        except jwt.InvalidTokenError:
            return Expectation(readable=False, cause="signature_invalid")
        return _READABLE if (claims.get("scope"), claims.get("value")) == ("coreIdentifier", value) else _GARBAGE


class _Held(Upstream):
    """Transcend's cloud, answered from what was read of its store."""

    def __init__(self, blobs: Blobs) -> None:
        super().__init__(Loopback(), url="http://held.fake")
        self._blobs = blobs
        self._ciphertexts: dict[str, bytes] = {}
        self.sets: list[dict[str, Any]] = []
        self.one: tuple[str, StoredFile] | None = None

    async def identifiers(self, request_id: str, *, authorization: str) -> list[dict[str, Any]]:
        return self.sets

    @asynccontextmanager
    async def file(self, file_id: str, *, authorization: str) -> AsyncIterator[Answer]:
        if self.one is None:
            raise LookupError("no file was put here")
        request_id, stored = self.one
        ciphertext = self._ciphertext(stored.blob)
        headers = {
            "content-length": str(len(ciphertext)),
            "x-file-iv": stored.iv,
            "x-file-auth-tag": stored.auth_tag,
            "x-file-mimetype": stored.mimetype,
            "x-request-id": request_id,
        }
        yield Answer(200, headers, _chunks(ciphertext))

    def _ciphertext(self, blob: str) -> bytes:
        """Blobs never change once they have a name (`blobs.py`)."""
        if blob not in self._ciphertexts:
            size, content = self._blobs.read(blob)
            self._ciphertexts[blob] = content if isinstance(content, bytes) else b"".join(content)
            if len(self._ciphertexts[blob]) != size:
                raise OSError(f"the ciphertext {blob} is cut short")
        return self._ciphertexts[blob]


class Attempts:
    """Tries artifacts on one live gateway; a gateway is never reconfigured, so its use cases are built once."""

    def __init__(self, gateway: Gateway, blobs: Blobs, receiver: WebhookReceiver) -> None:
        self._parts = gateway.parts
        self._receiver = receiver
        self._upstream = _Held(blobs)
        self._cases = gateway.parts.use_cases(self._upstream)
        self._ways: Mapping[str, Callable[[Mapping[str, str], Artifact], Awaitable[Expectation]]] = {
            "file": self._file,
            "request": self._request,
            "identifier": self._identifier,
            "integration": self._integration,
            "session": self._session,
            "nonce": self._nonce,
            "download_key": self._download_key,
            "webhook_token": self._webhook_token,
            "consent_identifier": self._consent,
        }
        self._held: Holdings | None = None
        self._keys: dict[str, str] = {}

    async def all_of(self, artifacts: Sequence[Artifact], held: Holdings) -> list[Expectation]:
        """Try each once, in order."""
        self._held = held
        return [await self._one(artifact) for artifact in artifacts]

    async def _one(self, artifact: Artifact) -> Expectation:
        try:
            return await self._ways[artifact.kind](artifact.handle, artifact)
        except Refusal as refusal:
            return Expectation(readable=False, cause=refusal.code)
        except Exception:  # noqa: BLE001  the gateway's edge answers whatever else goes wrong with this code
            return Expectation(readable=False, cause="internal")

    @property
    def _stored(self) -> Holdings:
        if self._held is None:
            raise LookupError("nothing was read of the store")
        return self._held

    async def _file(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        request_id = handle["id"]
        stored = self._stored.files[request_id, handle["fileName"]]
        self._upstream.one = (request_id, stored)
        if stored.id not in self._keys:
            self._keys[stored.id] = self._cases.contexts.make_download_key(
                file_id=stored.id, request_id=request_id, context=stored.context
            )
        async with self._cases.files.download(self._keys[stored.id], authorization="") as plaintext:
            return _READABLE if plaintext.body == artifact.plaintext else _GARBAGE

    async def _request(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        contexts = self._stored.contexts[handle["id"]]
        token = contexts[handle["contextId"]] if "contextId" in handle else list(contexts.values())[-1]
        await self._cases.contexts.open_(token, request_id=handle["id"])
        return _READABLE

    async def _identifier(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        sealed, token = self._stored.identifier_sets[handle["id"]][int(handle["set"])]
        self._upstream.sets = [{"sealed": sealed, "encryptedCEKContext": token}]
        found = await self._cases.identifiers.read(handle["id"], first=50, offset=0, authorization="")
        values = {each["value"] for each in found["identifiers"]}
        return _READABLE if handle["value"] in values else _GARBAGE

    async def _integration(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        credential = await self._cases.integrations.credential(self._stored.integrations[handle["contextId"]])
        return _READABLE if credential == handle["credential"] else _GARBAGE

    async def _session(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        subject = self._cases.sessions.check(handle["token"], audience=handle["audience"])
        return _READABLE if subject == handle["subject"] else _GARBAGE

    async def _nonce(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        return self._verified(handle["token"], Purpose.NONCE)

    async def _download_key(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        return self._verified(handle["token"], Purpose.DOWNLOAD)

    def _verified(self, token: str, purpose: Purpose) -> Expectation:
        tokens.verify(self._parts.settings.key_sets, token, purpose=purpose, now=self._parts.clock.now())
        return _READABLE

    async def _webhook_token(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        pem = self._parts.settings.key_sets.first.signing_key.public_pem
        return self._receiver.verify(handle["token"], pem, handle["value"])

    async def _consent(self, handle: Mapping[str, str], artifact: Artifact) -> Expectation:
        key_sets, encrypted = self._parts.settings.key_sets, self._stored.consents[handle["id"]]
        if consent.decrypt(key_sets, encrypted) != handle["identifier"]:
            return _GARBAGE
        matches = consent.encrypt(key_sets, handle["identifier"]) == encrypted
        return Expectation(readable=True, matches=matches)


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


__all__ = ["Attempts", "WebhookReceiver"]
