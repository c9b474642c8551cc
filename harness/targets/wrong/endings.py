"""Wrong ends: tokens that end too soon, sessions that last too long, work that opens and yet cannot go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fake_sombra import settings
from fake_sombra.crypto import exchange, tokens
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import UnknownKey
from fake_sombra.gateway import requests
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.identifiers import Identifiers
from fake_sombra.gateway.sessions import Sessions
from fake_sombra.gateway.silos import Silos
from fake_sombra.keyring.local import LocalKeyring
from harness.mutants.mutant import Patches, mutant

_HOUR_S, _DAY_S = 3600.0, 86_400.0


def _ending(purpose: Purpose, after_s: float) -> Callable[[Any], Any]:
    """A wrapper that gives an end to tokens which have none."""

    def around(original: Any) -> Any:
        def sign(self: Contexts, claims: dict[str, Any], of: Purpose) -> Any:
            ended = {**claims, "exp": int(self._clock.now() + after_s)} if of is purpose else claims
            return original(self, ended, of)

        return sign

    return around


@mutant("contexts-end-after-a-week", breaks="G-11", killed_by="tokens-end-in-time")
def contexts_end_after_a_week(patches: Patches) -> None:
    """Contexts carry an end: a rollback in the second week brings nothing back."""
    patches.wrap(Contexts, "_sign", _ending(Purpose.CONTEXT, 7 * _DAY_S))


@mutant("nonces-end-after-a-day", breaks="G-11", killed_by="tokens-end-in-time")
def nonces_end_after_a_day(patches: Patches) -> None:
    """Nonces carry an end, and webhooks that were sent before the weekend cannot be answered after it."""
    patches.wrap(Contexts, "_sign", _ending(Purpose.NONCE, _DAY_S))


@mutant("integrations-end-after-a-month", breaks="G-11", killed_by="tokens-end-in-time")
def integrations_end_after_a_month(patches: Patches) -> None:
    """Integrations' contexts carry an end."""
    patches.wrap(Contexts, "_sign", _ending(Purpose.INTEGRATION, 30 * _DAY_S))


@mutant("sessions-of-five-hours", breaks="D-12", killed_by="tokens-end-in-time")
def sessions_of_five_hours(patches: Patches) -> None:
    """A data subject's session lasts five hours where nothing is said, not five days."""

    def around(original: Any) -> Any:
        def duration(reader: Any, variable: str, default: float) -> Any:
            return original(reader, variable, 5 * _HOUR_S if variable.startswith("DATA_SUBJECT") else default)

        return duration

    patches.wrap(settings, "duration", around)


def _rewrapping(verify: Callable[[Sessions, str], None]) -> Any:
    async def rewrap(self: Sessions, *, request_id: str, context: str, session: str, browser_public: Any) -> Any:
        verify(self, session)
        cek = await self._contexts.open_(context, request_id=request_id)
        private = self._key_sets.first.ecdh_private
        return exchange.rewrap_for_session(private, browser_public, cek, random=self._random)

    return rewrap


@mutant("exchange-wants-a-new-session", breaks="G-20 G-23", killed_by="old-work-goes-on new-work-on-every-road")
def exchange_wants_a_new_session(patches: Patches) -> None:
    """For the exchange a session counts only if the first entry signed it; a login takes older ones."""

    def verify(self: Sessions, session: str) -> None:
        first = KeySets(self._key_sets.loaded[:1])
        tokens.verify(first, session, purpose=Purpose.DATA_SUBJECT_SESSION, now=self._clock.now())

    patches.replace(Sessions, "rewrap", _rewrapping(verify))


@mutant("keys-for-expired-sessions", breaks="D-12", killed_by="tokens-end-in-time")
def keys_for_expired_sessions(patches: Patches) -> None:
    """The exchange does not look whether the session has ended."""

    def verify(self: Sessions, session: str) -> None:
        tokens.verify(self._key_sets, session, purpose=Purpose.DATA_SUBJECT_SESSION, now=0)

    patches.replace(Sessions, "rewrap", _rewrapping(verify))


@mutant("confirms-what-the-first-entry-signed", breaks="G-23", killed_by="old-work-goes-on")
def confirms_what_the_first_entry_signed(patches: Patches) -> None:
    """Under Local a silo's file and its last word are taken only with a nonce that the first entry signed."""

    def around(original: Any) -> Any:
        async def taken(self: Silos, nonce: str, **named: Any) -> Any:
            key_sets = _under_local(self)
            if key_sets is not None:
                tokens.verify(KeySets(key_sets.loaded[:1]), nonce, purpose=Purpose.NONCE, now=0)
            return await original(self, nonce, **named)

        return taken

    patches.wrap(Silos, "confirm", around)
    patches.wrap(Silos, "attach", around)


@mutant("enriches-under-one-key-only", breaks="G-23", killed_by="old-work-goes-on")
def enriches_under_one_key_only(patches: Patches) -> None:
    """Under Local nothing can be enriched while more than one key is listed: after the rollback, hence."""

    def around(original: Any) -> Any:
        async def enrich(self: Identifiers, *given: Any, **named: Any) -> Any:
            key_sets = _under_local(self)
            if key_sets is not None and len(key_sets.loaded) > 1:
                raise UnknownKey("more than one key is listed")
            return await original(self, *given, **named)

        return enrich

    patches.wrap(Identifiers, "enrich", around)


def _under_local(part: Silos | Identifiers) -> KeySets | None:
    """The key sets of a gateway whose keyring is Local's."""
    held = vars(vars(part)["_contexts"])
    return held["_key_sets"] if isinstance(held["_keyring"], LocalKeyring) else None


@mutant("only-the-email-is-kept", breaks="G-16", killed_by="happy-state")
def only_the_email_is_kept(patches: Patches) -> None:
    """Of what a submission states only the e-mail is kept."""

    def around(original: Any) -> Any:
        def attested(*given: Any, **named: Any) -> Any:
            found = original(*given, **named)
            return [each for each in found if each["type"] == "email"] or found

        return attested

    patches.wrap(requests, "attested", around)
