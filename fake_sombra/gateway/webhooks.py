"""What a customer's receiver is sent: a token it can check, a nonce to answer with, and who it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fake_sombra.clock import Clock
from fake_sombra.crypto import tokens
from fake_sombra.errors import BadRequest, UpstreamDown
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.identity import new_id
from fake_sombra.http import NoAnswer, Request, Transport
from fake_sombra.settings import Settings


@dataclass(frozen=True, slots=True)
class Webhook:
    """One job for one data silo."""

    request_id: str
    data_silo_id: str
    core_identifier: str
    kind: str
    context: str = field(repr=False)


class Webhooks:
    """Makes webhooks and sends them."""

    def __init__(
        self,
        *,
        settings: Settings,
        contexts: Contexts,
        transport: Transport,
        clock: Clock,
        random: Callable[[int], bytes],
    ) -> None:
        self._settings = settings
        self._contexts = contexts
        self._transport = transport
        self._clock = clock
        self._random = random

    def make(self, job: Webhook) -> dict[str, dict[str, Any]]:
        """Return headers and body; the context is verified, not opened, for no key is needed yet."""
        self._contexts.verify(job.context, request_id=job.request_id)
        token = tokens.sign_webhook_token(
            self._settings.key_sets,
            value=job.core_identifier,
            audience=self._settings.organization_uri,
            jti=new_id(self._random),
            now=self._clock.now(),
        )
        nonce = self._contexts.make_nonce(request_id=job.request_id, data_silo_id=job.data_silo_id, context=job.context)
        return {"headers": {"x-sombra-token": token, "x-transcend-nonce": nonce}, "body": self._body(job)}

    async def send(self, job: Webhook, *, url: str) -> int:
        """Post a webhook and return the receiver's status."""
        _check_address(url)
        made = self.make(job)
        headers = {"content-type": "application/json", **made["headers"]}
        raw = json.dumps(made["body"], ensure_ascii=False).encode()
        try:
            async with self._transport.send(Request("POST", url, headers, raw)) as answer:
                return answer.status
        except NoAnswer as error:
            raise UpstreamDown("the webhook's receiver does not answer; is its address right?") from error

    def _body(self, job: Webhook) -> dict[str, Any]:
        uri = self._settings.organization_uri
        return {
            "type": job.kind,
            "coreIdentifier": {"value": job.core_identifier},
            "dataSubject": {"type": "customer"},
            "isTest": False,
            "extras": {
                "profile": {"identifier": job.core_identifier, "type": "coreIdentifier"},
                "dataSilo": {"id": job.data_silo_id},
                "request": {
                    "id": job.request_id,
                    "link": f"/privacy-requests/incoming-requests/{job.request_id}",
                },
                "organization": {"name": uri, "uri": uri},
            },
        }


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web:
        raise BadRequest("body.url: expected an http or https address, or null")
