"""Wrong handling of requests: restarts, next steps, the order of writing and opening."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import Conflict, KmsRefusal, Tampered
from fake_sombra.gateway import identifiers
from fake_sombra.gateway.contexts import Contexts, OpenNonce
from fake_sombra.gateway.identifiers import Identifiers
from fake_sombra.gateway.identity import new_id
from fake_sombra.gateway.requests import Requests
from fake_sombra.gateway.shapes import Fields
from fake_sombra.gateway.silos import Silos
from fake_sombra.keyring.local import LocalKeyring
from fake_sombra.transcend import organization, statuses
from fake_sombra.transcend import requests as held
from fake_sombra.transcend.tables import contexts, identifier_sets
from fake_sombra.transcend.tables import requests as rows_of_requests
from harness.mutants.mutant import Patches, mutant


@mutant("restart-keeps-the-key", breaks="G-08", killed_by="paused-restarts")
def restart_keeps_the_key(patches: Patches) -> None:
    """A restarted request goes on with its old key, which the new provider cannot open."""

    def around(original: Any) -> Any:
        async def submit(self: Requests, body: Any, *, authorization: str) -> Any:
            restarted = body.optional_text("requestId")
            if restarted is None:
                return await original(self, body, authorization=authorization)
            found = await self._upstream.request(restarted, authorization=authorization)
            context = str(found["encryptedCEKContext"])
            await self._contexts.open_(context, request_id=restarted)
            return {"request": found}

        return submit

    patches.wrap(Requests, "submit", around)


@mutant("restart-makes-another-request", breaks="G-08", killed_by="paused-restarts")
def restart_makes_another_request(patches: Patches) -> None:
    """A restart is submitted anew: the data subject has two open requests, and is told so by a second receipt."""

    def around(original: Any) -> Any:
        async def submit(self: Requests, body: Fields, *, authorization: str) -> Any:
            anew = {name: value for name, value in body.content.items() if name != "requestId"}
            return await original(self, Fields(anew, "body"), authorization=authorization)

        return submit

    patches.wrap(Requests, "submit", around)


@mutant("restart-resets-the-date", breaks="G-08", killed_by="paused-restarts")
def restart_resets_the_date(patches: Patches) -> None:
    """A restarted request counts as made today: its statutory clock starts again, and no deadline is ever missed."""

    def around(original: Any) -> Any:
        def add_context(rows: Any, request_id: str, *, context_id: str, token: str, at: float) -> None:
            original(rows, request_id, context_id=context_id, token=token, at=at)
            rows.execute(update(rows_of_requests).where(rows_of_requests.c.id == request_id).values(created_at=at))

        return add_context

    patches.wrap(held, "add_context", around)


@mutant("restart-overwrites-the-context", breaks="G-23", killed_by="restart-keeps-history")
def restart_overwrites_the_context(patches: Patches) -> None:
    """A restart replaces the context of a request, so that a rollback has nothing left to open."""

    def around(original: Any) -> Any:
        def add_context(rows: Any, request_id: str, *, context_id: str, token: str, at: float) -> None:
            older = contexts.c.request_id == request_id
            if rows.execute(select(contexts.c.id).where(older)).first() is None:
                original(rows, request_id, context_id=context_id, token=token, at=at)
            rows.execute(update(contexts).where(older).values(token=token))

        return add_context

    patches.wrap(held, "add_context", around)


@mutant("restart-drops-identifiers", breaks="G-23", killed_by="restart-keeps-history")
def restart_drops_identifiers(patches: Patches) -> None:
    """A restart throws the identifiers of the first submission away."""

    def around(original: Any) -> Any:
        def add_context(rows: Any, request_id: str, **given: Any) -> None:
            rows.execute(delete(identifier_sets).where(identifier_sets.c.request_id == request_id))
            original(rows, request_id, **given)

        return add_context

    patches.wrap(held, "add_context", around)


@mutant("advances-before-opening", breaks="G-05", killed_by="in-flight-cannot-proceed")
def advances_before_opening(patches: Patches) -> None:
    """An erasure is confirmed to Transcend before its key was opened: refused, yet half done."""

    async def confirm(self: Silos, nonce: str, *, authorization: str) -> None:
        seen = _unopened(self._contexts, nonce)
        await self._upstream.advance(seen.request_id, step="confirm", authorization=authorization)
        await self._contexts.open_nonce(nonce)

    patches.replace(Silos, "confirm", confirm)


@mutant("confirms-without-the-key", breaks="G-05", killed_by="in-flight-cannot-proceed")
def confirms_without_the_key(patches: Patches) -> None:
    """An erasure is confirmed without opening its key: the nonce's signature is enough."""

    async def confirm(self: Silos, nonce: str, *, authorization: str) -> None:
        seen = _unopened(self._contexts, nonce)
        await self._upstream.advance(seen.request_id, step="confirm", authorization=authorization)

    patches.replace(Silos, "confirm", confirm)


def _unopened(made: Contexts, nonce: str) -> OpenNonce:
    claims = made._verify(nonce, Purpose.NONCE)  # noqa: SLF001  a wrong Sombra skips what `open_nonce` does
    return OpenNonce(str(claims["requestId"]), str(claims.get("dataSiloId")), "", b"")


@mutant("enriches-in-one-status-only", breaks="G-05", killed_by="next-steps-work-before")
def enriches_in_one_status_only(patches: Patches) -> None:
    """A request that was just made cannot be enriched: the step is allowed in ENRICHING only."""
    patches.replace(identifiers, "_BEFORE_ENRICHMENT", frozenset({"ENRICHING"}))


@mutant("cancel-leaves-in-flight", breaks="G-07", killed_by="drained-loses-nothing")
def cancel_leaves_in_flight(patches: Patches) -> None:
    """A cancelled request stays in flight: the drain seems done and is not."""
    stays = dict.fromkeys(statuses._STEPS["cancel"], "ON_HOLD")  # noqa: SLF001  the table behind the switch
    patches.within(statuses._STEPS, cancel=stays)  # noqa: SLF001  as above


@mutant("pause-holds-restarts-back", breaks="G-08", killed_by="paused-restarts")
def pause_holds_restarts_back(patches: Patches) -> None:
    """After a pause was lifted, restarted requests are refused until the next deployment."""
    paused: list[bool] = []

    def remember(original: Any) -> Any:
        def pause(rows: Any, *, is_paused: bool) -> None:
            paused.append(is_paused)
            original(rows, is_paused=is_paused)

        return pause

    def refuse(original: Any) -> Any:
        def set_status(rows: Any, request_id: str, status: str) -> Any:
            if paused and status == "REQUEST_MADE" and paused.pop():
                raise Conflict("the organization has paused its requests")
            if paused and status == "REQUEST_MADE":
                raise Conflict("the organization had paused its requests")
            return original(rows, request_id, status)

        return set_status

    patches.wrap(organization, "pause", remember)
    patches.wrap(held, "set_status", refuse)


@mutant("findings-forgotten", breaks="G-05", killed_by="next-steps-work-before")
def findings_forgotten(patches: Patches) -> None:
    """An enricher is thanked and the request goes on, but what was found is not kept."""

    async def save(self: identifiers.Identifiers, *_: Any, **__: Any) -> None:
        return

    def around(original: Any) -> Any:
        async def enrich(self: identifiers.Identifiers, *given: Any, **named: Any) -> None:
            with Patches() as inner:
                inner.replace(identifiers.Identifiers, "save", save)
                await original(self, *given, **named)

        return enrich

    patches.wrap(identifiers.Identifiers, "enrich", around)


@mutant("local-worn-out-by-aws", breaks="G-23", killed_by="procedure-completes")
def local_worn_out_by_aws(patches: Patches) -> None:
    """With the new key in front Local wraps nothing: after a rollback what is old opens, and no new request is made."""

    def around(original: Any) -> Any:
        async def generate(self: LocalKeyring) -> Any:
            if len(self._key_sets.loaded) > 1:
                raise Tampered("Local KMS could not wrap")
            return await original(self)

        return generate

    patches.wrap(LocalKeyring, "generate", around)


@mutant("requests-before-their-keys", breaks="G-09", killed_by="refused-leaves-nothing")
def requests_before_their_keys(patches: Patches) -> None:
    """A submission is stored before its key is made; what the KMS refuses stays, and never opens."""

    def around(original: Any) -> Any:
        async def submit(self: Requests, body: Fields, *, authorization: str) -> Any:
            try:
                return await original(self, body, authorization=authorization)
            except KmsRefusal:
                if body.optional_text("requestId") is None:
                    told = {"requestId": new_id(self._random), "restart": False, "encryptedCEKContext": "to be made"}
                    await self._upstream.save_request({**told, "request": body.content}, authorization=authorization)
                raise

        return submit

    patches.wrap(Requests, "submit", around)


@mutant("enriches-before-it-may", breaks="G-08", killed_by="paused-restarts")
def enriches_before_it_may(patches: Patches) -> None:
    """What was found is saved before anybody asks whether the organization is paused."""

    def around(original: Any) -> Any:
        async def enrich(self: Identifiers, request_id: str, found: Any, *, authorization: str) -> Any:
            context = str(
                (await self._upstream.request(request_id, authorization=authorization))["encryptedCEKContext"]
            )
            cek = await self._contexts.open_(context, request_id=request_id)
            await self.save(request_id, found, cek=cek, context=context, authorization=authorization)
            return await original(self, request_id, found, authorization=authorization)

        return enrich

    patches.wrap(Identifiers, "enrich", around)


@mutant("enriches-on-a-nonces-word", breaks="G-08", killed_by="paused-restarts")
def enriches_on_a_nonces_word(patches: Patches) -> None:
    """Enrichment takes a nonce without opening the context inside: one of before a restart still works after it."""

    async def prove(self: Contexts, token: str) -> str:
        return str(self._verify(token, Purpose.NONCE)["requestId"])

    patches.replace(Contexts, "prove_nonce", prove)
