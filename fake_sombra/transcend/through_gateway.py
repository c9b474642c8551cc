"""What Transcend's cloud can only do through a gateway, because every key is on the other side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fake_sombra.errors import NotFound, UpstreamDown
from fake_sombra.transcend import integrations, organization, requests, statuses, webhooks
from fake_sombra.transcend.calls import Call, Reply, as_json
from fake_sombra.transcend.ingress import Ingress, Said
from fake_sombra.transcend.routing import Route
from fake_sombra.transcend.store import Store


@dataclass(frozen=True, slots=True)
class ThroughGateway:
    """The routes that ask a gateway; its refusals are passed on as they are."""

    store: Store
    ingress: Ingress
    clock: Callable[[], float]
    new_id: Callable[[], str]

    def routes(self) -> tuple[Route, ...]:
        """Return the rest of docs/wire.md, "Called by an operator"."""
        return (
            Route("POST", "requests/{id}/open", self._open),
            Route("POST", "requests/{id}/resume", self._resume),
            Route("POST", "requests/{id}/webhook", self._send_webhook),
            Route("POST", "requests/{id}/rewrap", self._rewrap),
            Route("POST", "integrations/{id}/proxy", self._proxy),
            Route("POST", "login", self._login),
            Route("POST", "consent/encrypt", self._encrypt_consent),
            Route("POST", "consent/{id}/lookup", self._look_up_consent),
        )

    async def _open(self, call: Call) -> Reply:
        body = await call.json()
        return (await self._ask_to_open(call.params["id"], body.optional_identifier("contextId"))).passed_on()

    async def _resume(self, call: Call) -> Reply:
        request_id = call.params["id"]
        body = await call.json()
        with self.store.read() as rows:
            statuses.after("resume", requests.find(rows, request_id).status)
        said = await self._ask_to_open(request_id, body.optional_identifier("contextId"))
        if not said.is_ok:
            return said.passed_on()
        with self.store.write() as rows:
            held = requests.step(rows, request_id, "resume")
            requests.touch(rows, held.id, at=self.clock())
        return as_json({**said.content(), "request": {"id": held.id, "status": held.status}})

    async def _ask_to_open(self, request_id: str, named: str | None) -> Said:
        _, context_id, token = self._context(request_id, named)
        said = await self.ingress.ask("open-context", {"requestId": request_id, "encryptedCEKContext": token})
        is_expired = said.is_expired
        if is_expired is not None:
            with self.store.write() as rows:
                # An older context's fate says nothing of the one the request lives by now.
                if context_id == requests.find(rows, request_id).context_id:
                    requests.judge(rows, request_id, context_id=context_id, is_expired=is_expired)
        return said

    async def _send_webhook(self, call: Call) -> Reply:
        body = await call.json()
        url = body.optional_text("url")
        held, _, token = self._context(call.params["id"], body.optional_identifier("contextId"))
        about = webhooks.about(body, held)
        if url is not None:
            with self.store.read() as rows:
                webhooks.must_not_be_paused(rows, about.get("dataSiloId"))
        told = {**about, **webhooks.of(held), "encryptedCEKContext": token, "url": url}
        return (await self.ingress.ask("webhook", told)).passed_on()

    async def _rewrap(self, call: Call) -> Reply:
        body = await call.json()
        asked = {"session": body.text("session"), "publicKey": body.text("publicKey")}
        held, _, token = self._context(call.params["id"], body.optional_identifier("contextId"))
        told = {"requestId": held.id, "encryptedCEKContext": token, **asked}
        return (await self.ingress.ask("rewrap-for-session", told)).passed_on()

    async def _proxy(self, call: Call) -> Reply:
        body = await call.json()
        path = body.text("path")
        with self.store.read() as rows:
            token = integrations.token_of(rows, call.params["id"], body.optional_identifier("contextId"))
        told = {"integrationId": call.params["id"], "integrationContext": token, "path": path}
        return (await self.ingress.ask("proxy-saas", told)).passed_on()

    async def _login(self, call: Call) -> Reply:
        body = await call.json()
        return (await self.ingress.ask("login", body.content)).passed_on()

    async def _encrypt_consent(self, call: Call) -> Reply:
        identifier = (await call.json()).text("identifier")
        said = await self.ingress.ask("consent/encrypt", {"identifier": identifier})
        if not said.is_ok:
            return said.passed_on()
        encrypted, consent_id = said.content().get("encrypted"), self.new_id()
        if not isinstance(encrypted, str):
            raise UpstreamDown("the gateway's answer holds no 'encrypted'; is this address a gateway?")
        with self.store.write() as rows:
            organization.add_consent(rows, consent_id, encrypted=encrypted, at=self.clock())
        return as_json({"id": consent_id, "encrypted": encrypted})

    async def _look_up_consent(self, call: Call) -> Reply:
        identifier = (await call.json()).text("identifier")
        with self.store.read() as rows:
            encrypted = organization.find_consent(rows, call.params["id"])
        if encrypted is None:
            raise NotFound(f"there is no consent identifier {call.params['id']}")
        told = {"encrypted": encrypted, "identifier": identifier}
        return (await self.ingress.ask("consent/lookup", told)).passed_on()

    def _context(self, request_id: str, named: str | None) -> tuple[requests.Held, str, str]:
        with self.store.read() as rows:
            held = requests.find(rows, request_id)
            context_id = named or held.context_id
            return held, context_id, requests.token_of(rows, request_id, context_id)
