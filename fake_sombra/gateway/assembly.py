"""Which use case is built from which parts, and what a boot does with its keyring before it serves."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from fake_sombra.clock import Clock
from fake_sombra.errors import ConfigurationRefused, KmsAccessDenied, KmsCredentials, KmsUnreachable, Problem, Refusal
from fake_sombra.gateway import config_sync
from fake_sombra.gateway.authentication import CustomerDoor, TranscendDoor
from fake_sombra.gateway.calls import Call, Headers
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.cron import Cron
from fake_sombra.gateway.custom_functions import CustomFunctions
from fake_sombra.gateway.customer import CustomerIngress
from fake_sombra.gateway.edge import Edge
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.identifiers import Identifiers
from fake_sombra.gateway.ingress import TranscendIngress
from fake_sombra.gateway.integrations import Integrations
from fake_sombra.gateway.rate_limit import RateLimit
from fake_sombra.gateway.requests import Requests
from fake_sombra.gateway.sessions import Sessions
from fake_sombra.gateway.silos import Silos
from fake_sombra.gateway.upstream import Upstream
from fake_sombra.gateway.webhooks import Webhooks
from fake_sombra.http import AsgiApp, Transport
from fake_sombra.keyring import Keyring
from fake_sombra.logs import Log
from fake_sombra.settings import Settings

SELF_TEST_DEADLINE_S = 4.0  # a start takes at most 5 s, and a look for credentials up to 3 s of them


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases of one boot that open what was made before."""

    contexts: Contexts
    files: Files
    identifiers: Identifiers
    integrations: Integrations
    sessions: Sessions


@dataclass(frozen=True, slots=True)
class Parts:
    """What the applications of one boot share."""

    settings: Settings
    instance: str
    keyring: Keyring
    transport: Transport
    clock: Clock
    random: Callable[[int], bytes]
    log: Log

    def customer(self) -> AsgiApp:
        """Build the customer ingress."""
        contexts, upstream = self._contexts(), self._upstream()
        identifiers = Identifiers(contexts=contexts, upstream=upstream, random=self.random)
        files = Files(contexts=contexts, upstream=upstream, random=self.random)
        routes = CustomerIngress(
            public_pem=self.settings.key_sets.first.signing_key.public_pem,
            requests=Requests(contexts=contexts, identifiers=identifiers, upstream=upstream, random=self.random),
            files=files,
            identifiers=identifiers,
            silos=Silos(contexts=contexts, files=files, upstream=upstream),
            integrations=Integrations(contexts=contexts, random=self.random),
            cron=Cron(contexts=contexts, identifiers=identifiers, upstream=upstream),
            custom_functions=CustomFunctions(contexts=contexts, random=self.random),
            random=self.random,
        ).routes()
        door = CustomerDoor(internal_key_hashes=self.settings.internal_key_hashes, log=self.log)
        return Edge(
            routes, admit=door.admit, log=self.log, unwrap_status=self._unwrap_status(), count=self._rate_limit()
        )

    def transcend(self) -> AsgiApp:
        """Build the Transcend ingress."""
        contexts, settings = self._contexts(), self.settings
        routes = TranscendIngress(
            key_sets=settings.key_sets,
            contexts=contexts,
            integrations=Integrations(contexts=contexts, random=self.random),
            sessions=Sessions(settings=settings, contexts=contexts, clock=self.clock, random=self.random),
            webhooks=Webhooks(
                settings=settings,
                contexts=contexts,
                transport=self.transport,
                clock=self.clock,
                random=self.random,
            ),
        ).routes()
        door = TranscendDoor(secret=settings.ingress_secret or secrets.token_urlsafe(32))
        return Edge(routes, admit=door.admit, log=self.log, unwrap_status=self._unwrap_status())

    def use_cases(self, upstream: Upstream) -> UseCases:
        """Build what opens things, over another way to Transcend's cloud; without doors, routes and bodies."""
        contexts = self._contexts()
        return UseCases(
            contexts=contexts,
            files=Files(contexts=contexts, upstream=upstream, random=self.random),
            identifiers=Identifiers(contexts=contexts, upstream=upstream, random=self.random),
            integrations=Integrations(contexts=contexts, random=self.random),
            sessions=Sessions(settings=self.settings, contexts=contexts, clock=self.clock, random=self.random),
        )

    async def refuse_missing_permissions(self) -> bool:
        """Return whether the KMS was tested; raise when the flag is set and access is denied."""
        aws = self.settings.aws
        if aws is None or not aws.throw_permission_errors:
            return False
        try:
            async with asyncio.timeout(SELF_TEST_DEADLINE_S):
                await self.keyring.self_test()
        except (KmsAccessDenied, KmsCredentials) as refusal:
            self.keyring.close()
            raise ConfigurationRefused((_denied(refusal),)) from refusal
        except Refusal as refusal:
            self._log_canary(refusal)
        except TimeoutError:
            self._log_canary(KmsUnreachable(f"no answer from the KMS within {SELF_TEST_DEADLINE_S:g} s"))
        return True

    async def report(self, *, is_tested: bool) -> None:
        """Test the KMS if that is still to be done, then tell Transcend's cloud; log what fails."""
        if not is_tested:
            try:
                await self.keyring.self_test()
            except Refusal as refusal:
                self._log_canary(refusal)
        await config_sync.sync(
            self.settings,
            instance=self.instance,
            keyring=self.keyring,
            upstream=self._upstream(),
            clock=self.clock,
            log=self.log,
        )

    def _log_canary(self, refusal: Refusal) -> None:
        self.log("error", "kms_self_test_failed", code=refusal.code, message=refusal.message)

    def _contexts(self) -> Contexts:
        return Contexts(key_sets=self.settings.key_sets, keyring=self.keyring, clock=self.clock)

    def _upstream(self) -> Upstream:
        return Upstream(self.transport, url=self.settings.transcend_url)

    def _rate_limit(self) -> Callable[[Call], Headers]:
        asked = self.settings.rate_limit
        return (lambda _: []) if asked is None else RateLimit(*asked, now=self.clock.now).count

    def _unwrap_status(self) -> int:
        return 400 if self.settings.unwrap_status == "4xx" else 500


def _denied(refusal: Refusal) -> Problem:
    message = f"the self test failed with {refusal.code}: {refusal.message}"
    return Problem("AWS_KMS_THROW_PERMISSIONS_ERRORS", message)
