"""Who may call: hashes of internal keys on the customer ingress, one shared secret on the other."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Sequence

from fake_sombra.errors import NotAuthenticated
from fake_sombra.gateway.calls import Call
from fake_sombra.logs import Log


class CustomerDoor:
    """Admits callers that hold an API key (Transcend judges it) and an internal key (judged here)."""

    def __init__(self, *, internal_key_hashes: Sequence[bytes], log: Log) -> None:
        self._hashes = tuple(internal_key_hashes)
        self._log = log

    def admit(self, call: Call) -> None:
        """Raise `NotAuthenticated`, in the same time whichever hash would have matched."""
        if call.header(b"x-sombra-authentication") is not None:
            self._log(
                "warn",
                "header_misnamed",
                message="x-sombra-authentication is not read; send x-sombra-authorization",
            )
        if not _bearer(call.header(b"authorization")):
            raise NotAuthenticated("API key invalid: send 'authorization: Bearer <Transcend API key>'")
        try:
            internal_key = b64decode(_bearer(call.header(b"x-sombra-authorization")), validate=True)
        except ValueError:
            internal_key = b""
        digest = hashlib.sha256(internal_key).digest()
        matches = [hmac.compare_digest(digest, listed) for listed in self._hashes]
        if not internal_key or not any(matches):
            raise NotAuthenticated(
                "send 'x-sombra-authorization: Bearer <INTERNAL_KEY>' with a key of INTERNAL_KEY_HASH"
            )


class TranscendDoor:
    """Admits the one caller that shares the ingress secret."""

    def __init__(self, *, secret: str) -> None:
        self._digest = hashlib.sha256(secret.encode()).digest()

    def admit(self, call: Call) -> None:
        """Raise `NotAuthenticated` for anyone else."""
        presented = hashlib.sha256((call.header(b"x-fake-ingress-secret") or "").encode()).digest()
        if not hmac.compare_digest(presented, self._digest):
            raise NotAuthenticated("send the shared secret in 'x-fake-ingress-secret'")


def _bearer(header: str | None) -> str:
    scheme, _, value = (header or "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
