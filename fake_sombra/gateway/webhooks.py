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
class Job:
    """What one data silo is asked for: its part of the request, about the core identifier."""

    data_silo_id: str


@dataclass(frozen=True, slots=True)
class Preflight:
    """What one enricher is asked before the jobs begin: about one identifier of the request."""

    enricher_id: str
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One message about a request to one receiver."""

    request_id: str
    about: Job | Preflight
    core_identifier: str
    kind: str
    context: str = field(repr=False)
    subject_type: str = "customer"
    is_test: bool = False


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

    def make(self, told: Webhook) -> dict[str, dict[str, Any]]:
        """Return headers and body; the context is verified, not opened, for no key is needed yet."""
        self._contexts.verify(told.context, request_id=told.request_id)
        token = tokens.sign_webhook_token(
            self._settings.key_sets,
            value=told.core_identifier,
            audience=self._settings.organization_uri,
            jti=new_id(self._random),
            now=self._clock.now(),
        )
        return {"headers": {"x-sombra-token": token, "x-transcend-nonce": self._nonce(told)}, "body": self._body(told)}

    async def send(self, told: Webhook, *, url: str) -> int:
        """Post a webhook and return the receiver's status."""
        _check_address(url)
        made = self.make(told)
        headers = {"content-type": "application/json", **made["headers"]}
        raw = json.dumps(made["body"], ensure_ascii=False).encode()
        try:
            async with self._transport.send(Request("POST", url, headers, raw)) as answer:
                return answer.status
        except NoAnswer as error:
            raise UpstreamDown("the webhook's receiver does not answer; is its address right?") from error

    def _nonce(self, told: Webhook) -> str:
        if isinstance(told.about, Preflight):
            return self._contexts.make_preflight_nonce(
                request_id=told.request_id, enricher_id=told.about.enricher_id, context=told.context
            )
        return self._contexts.make_nonce(
            request_id=told.request_id, data_silo_id=told.about.data_silo_id, context=told.context
        )

    def _body(self, told: Webhook) -> dict[str, Any]:
        uri = self._settings.organization_uri
        return {
            "type": told.kind,
            "coreIdentifier": {"value": told.core_identifier},
            **_asked(told.about),
            "dataSubject": {"type": told.subject_type},
            "isTest": told.is_test,
            "extras": {
                **_asked_further(told),
                "request": {
                    "id": told.request_id,
                    "link": f"/privacy-requests/incoming-requests/{told.request_id}",
                },
                "organization": {"name": uri, "uri": uri},
            },
        }


def _asked(about: Job | Preflight) -> dict[str, Any]:
    """A preflight check is about one identifier, and names it beside the core identifier."""
    if isinstance(about, Job):
        return {}
    return {"requestIdentifier": {"name": about.name, "type": about.name, "value": about.value}}


def _asked_further(told: Webhook) -> dict[str, Any]:
    if isinstance(told.about, Preflight):
        return {"profile": {"identifier": told.about.value, "type": told.about.name}}
    return {
        "profile": {"identifier": told.core_identifier, "type": "coreIdentifier"},
        "dataSilo": {"id": told.about.data_silo_id},
    }


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web:
        raise BadRequest("body.url: expected an http or https address, or null")
