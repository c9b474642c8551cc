"""The Transcend ingress: what Transcend's cloud asks of a gateway, under routes of our own (docs/wire.md)."""

from __future__ import annotations

from dataclasses import dataclass

from fake_sombra.crypto import consent
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.gateway.calls import Call, Reply, json_reply
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.customer import health
from fake_sombra.gateway.edge import Route
from fake_sombra.gateway.integrations import Integrations
from fake_sombra.gateway.sessions import AUDIENCES, Sessions
from fake_sombra.gateway.shapes import Fields, base64_bytes
from fake_sombra.gateway.webhooks import Job, Preflight, Webhook, Webhooks

_PREFIX = "/fake/v1"


@dataclass(frozen=True, slots=True)
class TranscendIngress:
    """Handlers over the use cases of one boot."""

    key_sets: KeySets
    contexts: Contexts
    integrations: Integrations
    sessions: Sessions
    webhooks: Webhooks

    def routes(self) -> tuple[Route, ...]:
        """Return the table of docs/wire.md, "Gateway, Transcend ingress"."""
        return (
            Route("GET", "/health", health, is_open=True),
            Route("POST", f"{_PREFIX}/open-context", self._open),
            Route("POST", f"{_PREFIX}/rewrap-for-session", self._rewrap),
            Route("POST", f"{_PREFIX}/exchange-key", self._show_exchange_key),
            Route("POST", f"{_PREFIX}/re-sign-context", self._re_sign),
            Route("POST", f"{_PREFIX}/re-sign-integration", self._re_sign_integration),
            Route("POST", f"{_PREFIX}/proxy-saas", self._proxy),
            Route("POST", f"{_PREFIX}/login", self._login),
            Route("POST", f"{_PREFIX}/consent/encrypt", self._encrypt_consent),
            Route("POST", f"{_PREFIX}/consent/lookup", self._look_up_consent),
            Route("POST", f"{_PREFIX}/webhook", self._webhook),
        )

    async def _open(self, call: Call) -> Reply:
        body = await call.json()
        request_id = call.about = body.identity("requestId")
        await self.contexts.open_(body.text("encryptedCEKContext"), request_id=request_id)
        return json_reply({"opened": True})

    async def _rewrap(self, call: Call) -> Reply:
        body = await call.json()
        request_id = call.about = body.identity("requestId")
        if body.content.get("dhEncrypted") is not None:
            handed = await self.sessions.hand_over(
                request_id=request_id,
                context=body.text("encryptedCEKContext"),
                dh_encrypted=body.text("dhEncrypted"),
                audience=body.choice("audience", *AUDIENCES),
            )
            return json_reply(handed)
        wrapped = await self.sessions.rewrap(
            request_id=request_id,
            context=body.text("encryptedCEKContext"),
            session=body.text("session"),
            browser_public=base64_bytes(body.text("publicKey"), where="body.publicKey"),
        )
        return json_reply(wrapped)

    async def _show_exchange_key(self, call: Call) -> Reply:
        await call.json()
        return json_reply({"publicKeyECDH": self.sessions.public_key})

    async def _re_sign(self, call: Call) -> Reply:
        body = await call.json()
        request_id = call.about = body.identity("requestId")
        self.sessions.opened(body.text("dhEncrypted"), audience="employee")
        renewed = await self.contexts.renew(body.text("encryptedCEKContext"), request_id=request_id)
        return json_reply({"encryptedCEKContext": renewed})

    async def _re_sign_integration(self, call: Call) -> Reply:
        body = await call.json()
        self.sessions.opened(body.text("dhEncrypted"), audience="employee")
        renewed = await self.contexts.renew_integration(body.text("integrationContext"))
        return json_reply({"integrationContext": renewed})

    async def _proxy(self, call: Call) -> Reply:
        body = await call.json()
        body.identity("integrationId")
        body.text("path")
        credential = await self.integrations.credential(body.text("integrationContext"))
        return json_reply({"status": 200, "credential": credential})

    async def _login(self, call: Call) -> Reply:
        body = await call.json()
        audience, session = body.choice("audience", *AUDIENCES), body.optional_text("session")
        if session is not None:
            return json_reply({"subject": self.sessions.check(session, audience=audience)})
        return json_reply({"session": self.sessions.make(audience=audience, subject=body.text("subject"))})

    async def _encrypt_consent(self, call: Call) -> Reply:
        identifier = (await call.json()).text("identifier")
        return json_reply({"encrypted": consent.encrypt(self.key_sets, identifier)})

    async def _look_up_consent(self, call: Call) -> Reply:
        body = await call.json()
        encrypted, identifier = body.text("encrypted"), body.text("identifier")
        found = consent.decrypt(self.key_sets, encrypted)
        matches = consent.encrypt(self.key_sets, identifier) == encrypted
        return json_reply({"identifier": found, "matches": matches})

    async def _webhook(self, call: Call) -> Reply:
        body = await call.json()
        call.about = body.identity("requestId")
        told = Webhook(
            request_id=body.identity("requestId"),
            about=_about(body),
            core_identifier=body.text("coreIdentifier"),
            kind=body.text("type"),
            context=body.text("encryptedCEKContext"),
            subject_type=body.optional_text("subjectType") or "customer",
            is_test=body.flag("isTest"),
        )
        url = body.optional_text("url")
        if url is None:
            return json_reply(self.webhooks.make(told))
        return json_reply({"status": await self.webhooks.send(told, url=url)})


def _about(body: Fields) -> Job | Preflight:
    """A preflight check names the identifier it asks about; whatever does not is a data silo's job."""
    if body.content.get("requestIdentifier") is None:
        return Job(body.identity("dataSiloId"))
    identifier = body.nested("requestIdentifier")
    return Preflight(body.identity("enricherId"), identifier.text("name"), identifier.text("value"))
