"""How Transcend's cloud speaks to a gateway, and what a refusal of `open-context` says about the context."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_sombra.errors import UpstreamDown
from fake_sombra.http import NoAnswer, Request, Transport
from fake_sombra.transcend.calls import Reply

_OF_THE_CONTEXT: Final = frozenset(
    {
        "signature_invalid",
        "forgotten_key",
        "context_mismatch",
        "wrong_provider",
        "unknown_key",
        "tampered",
        "kms_incorrect_key",
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """A gateway's answer, as it came."""

    status: int
    body: bytes
    content_type: str = "application/json"

    @property
    def is_ok(self) -> bool:
        """True when the gateway did what it was asked."""
        return self.status == 200

    @property
    def is_expired(self) -> bool | None:
        """What this answer to `open-context` says: opens (False), will not here (True), or nothing (None)."""
        if self.is_ok:
            return False
        return True if self.code in _OF_THE_CONTEXT else None

    @property
    def code(self) -> str | None:
        """The cause of a refusal, where one is named."""
        error = self.content().get("error")
        code = error.get("code") if isinstance(error, dict) else None
        return code if isinstance(code, str) else None

    def content(self) -> dict[str, Any]:
        """Return the JSON object of the answer, or an empty one."""
        try:
            content = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}

    def passed_on(self) -> Reply:
        """Answer a caller with exactly this."""
        length = b"%d" % len(self.body)
        kind = self.content_type.encode("latin-1")
        return Reply(self.body, self.status, [(b"content-type", kind), (b"content-length", length)])


@dataclass(frozen=True, slots=True)
class Ingress:
    """The Transcend ingress of one gateway, reached through a transport with the shared secret."""

    transport: Transport
    url: str
    secret: str = field(repr=False)

    async def ask(self, route: str, content: Mapping[str, Any]) -> Said:
        """Post to a route under `/fake/v1/`; raise `UpstreamDown` when no whole answer comes."""
        headers = {"content-type": "application/json", "x-fake-ingress-secret": self.secret}
        body = json.dumps(content).encode()
        return await self._send(Request("POST", f"{self.url.rstrip('/')}/fake/v1/{route}", headers, body))

    async def is_up(self) -> bool:
        """Say whether the gateway's health is green."""
        try:
            return (await self._send(Request("GET", f"{self.url.rstrip('/')}/health"))).is_ok
        except UpstreamDown:
            return False

    async def _send(self, request: Request) -> Said:
        try:
            async with self.transport.send(request) as answer:
                kind = answer.headers.get("content-type", "application/json")
                return Said(answer.status, await answer.read(), kind)
        except NoAnswer as error:
            raise UpstreamDown("the gateway gave no answer; is it up?") from error
