"""Who is logged in: sessions are signed tokens of the key sets and hang on no wrapped key."""

from __future__ import annotations

from collections.abc import Callable

from fake_sombra.clock import Clock
from fake_sombra.crypto import exchange, tokens
from fake_sombra.crypto.exchange import FromBrowser
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import NotAuthenticated, SignatureInvalid
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.settings import Settings

_PURPOSES = {"data_subject": Purpose.DATA_SUBJECT_SESSION, "employee": Purpose.EMPLOYEE_SESSION}
AUDIENCES = tuple(_PURPOSES)


class Sessions:
    """Makes and checks sessions, and hands a request's key to one of them."""

    def __init__(self, *, settings: Settings, contexts: Contexts, clock: Clock, random: Callable[[int], bytes]) -> None:
        self._key_sets = settings.key_sets
        self._lifetimes = {
            "data_subject": settings.data_subject_session_s,
            "employee": settings.employee_session_s,
        }
        self._contexts = contexts
        self._clock = clock
        self._random = random

    def make(self, *, audience: str, subject: str) -> str:
        """Sign a session of one audience."""
        now = int(self._clock.now())
        claims = {"sub": subject, "iat": now, "exp": now + int(self._lifetimes[audience])}
        return tokens.sign(self._key_sets, claims, purpose=_PURPOSES[audience])

    def check(self, session: str, *, audience: str) -> str:
        """Return whose session this is."""
        claims = tokens.verify(self._key_sets, session, purpose=_PURPOSES[audience], now=self._clock.now())
        subject = claims.get("sub")
        if not isinstance(subject, str):
            raise SignatureInvalid("this token is not a session; log in again")
        return subject

    async def rewrap(self, *, request_id: str, context: str, session: str, browser_public: bytes) -> dict[str, object]:
        """Hand a request's key to a data subject's browser, wrapped for its session key."""
        self.check(session, audience="data_subject")
        cek = await self._contexts.open_(context, request_id=request_id)
        private = self._key_sets.first.ecdh_private
        return exchange.rewrap_for_session(private, browser_public, cek, random=self._random)

    @property
    def public_key(self) -> str:
        """The `publicKeyECDH` that browsers encrypt towards: the first entry's."""
        return exchange.public_key_text(self._key_sets.first.ecdh_private)

    def opened(self, dh_encrypted: str, *, audience: str) -> tuple[str, FromBrowser]:
        """Return who sent a `dhEncrypted`, its session checked, and what it takes to answer."""
        browser = exchange.open_from_browser([each.ecdh_private for each in self._key_sets.loaded], dh_encrypted)
        return self.check(browser.session, audience=audience), browser

    async def hand_over(self, *, request_id: str, context: str, dh_encrypted: str, audience: str) -> dict[str, object]:
        """Hand a request's key to a browser: an employee's, or that of the very data subject it is about."""
        subject, browser = self.opened(dh_encrypted, audience=audience)
        verified = self._contexts.verify(context, request_id=request_id)
        if audience == "data_subject" and subject != verified.core_identifier:
            raise NotAuthenticated("this session is another data subject's; log in as the one the request is about")
        cek = await self._contexts.open_(context, request_id=request_id)
        return exchange.rewrap_for_session(browser.private, browser.public_key, cek, random=self._random)
