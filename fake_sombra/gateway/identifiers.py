"""How identifiers of a data subject are kept: in sealed sets, each under the context it was made with."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fake_sombra.crypto import cipher
from fake_sombra.errors import (
    Conflict,
    ForgottenKey,
    KmsIncorrectKey,
    Refusal,
    SignatureInvalid,
    Tampered,
    UnknownKey,
    WrongProvider,
)
from fake_sombra.gateway.contexts import Contexts, context_of
from fake_sombra.gateway.identity import new_id
from fake_sombra.gateway.shapes import Fields, stored_bytes
from fake_sombra.gateway.upstream import Upstream

Identifier = dict[str, str]

TYPES = (
    "email",
    "phone",
    "coreIdentifier",
    "custom",
    "gaid",
    "idfa",
    "idfv",
    "browserId",
    "microsoftAdvertisingId",
    "amazonFireAdvertisingId",
    "rida",
    "filestackHandle",
    "stripeId",
    "braintreeCustomerId",
    "chargebeeId",
    "thriveTrmContactId",
    "talkableUUID",
    "recurlyId",
    "customerIoId",
    "sprigVisitorId",
    "linkedInURL",
    "advertisingId",
    "personaReferenceId",
    "streamUserId",
    "plaidProcessorToken",
    "onfidoApplicantId",
    "veroUserId",
    "adobeAdvertisingCloudId",
    "adobeAudienceManagerId",
    "adobeExperienceCloudId",
    "adobeTargetId",
    "adobeCampaignRecipientId",
    "transcend",
)
"""IdentifierType of the public schema; any other name is of the type `custom`."""

_BEFORE_ENRICHMENT = frozenset({"REQUEST_MADE", "ENRICHING"})
_OF_ANOTHER_BOOT = (WrongProvider, UnknownKey, KmsIncorrectKey, SignatureInvalid, ForgottenKey)


class Identifiers:
    """Seals, enriches and reads the identifiers of requests."""

    def __init__(self, *, contexts: Contexts, upstream: Upstream, random: Callable[[int], bytes]) -> None:
        self._contexts = contexts
        self._upstream = upstream
        self._random = random

    async def save(
        self,
        request_id: str,
        identifiers: Sequence[Identifier],
        *,
        cek: bytes,
        context: str,
        authorization: str,
    ) -> None:
        """Append one sealed set."""
        content = json.dumps(identifiers, ensure_ascii=False, separators=(",", ":")).encode()
        sealed = cipher.pack(cek, content, random=self._random)
        await self._upstream.save_identifiers(
            request_id, sealed=b64encode(sealed).decode(), context=context, authorization=authorization
        )

    async def read(
        self, request_id: str, *, first: int, offset: int, authorization: str
    ) -> dict[str, list[Identifier]]:
        """Return one page of the identifiers made under the newest key that opens here (`newest`)."""
        sets = await self._upstream.identifiers(request_id, authorization=authorization)
        _, found = await self.newest(request_id, sets)
        return {"identifiers": found[offset : offset + first]}

    async def newest(self, request_id: str, sets: Sequence[Mapping[str, Any]]) -> tuple[str | None, list[Identifier]]:
        """Return the newest context that opens here and the identifiers under its key; None when there are no sets.

        A restart adds a context and never takes the older sets away: after a rollback those are what this
        boot can read (G-23). When no context opens, the newest one's refusal is raised.
        """
        refusal: Refusal | None = None
        for group in reversed(_by_key(sets)):
            context = self._contexts.fittest(*context_of(group[-1]))
            try:
                cek = await self._contexts.open_(context, request_id=request_id)
            except _OF_ANOTHER_BOOT as error:
                refusal = refusal or error
                continue
            return context, [found for each in group for found in _unsealed(str(each["sealed"]), cek)]
        if refusal is not None:
            raise refusal
        return None, []

    async def enrich(self, request_id: str, enriched: Sequence[Identifier], *, authorization: str) -> None:
        """Add identifiers under the request's latest key and let the request go on to COMPILING.

        All refusals come before anything is written: the context, then the status, then a pause.
        """
        found = await self._upstream.request(request_id, authorization=authorization)
        context = str(found.get("encryptedCEKContext"))
        cek = await self._contexts.open_(context, request_id=request_id)
        if found.get("status") not in _BEFORE_ENRICHMENT:
            raise Conflict(f"Cannot update a resolved RequestEnricher: the request is {found.get('status')}")
        await self._upstream.advance(request_id, step="answer", authorization=authorization)
        await self.save(request_id, enriched, cek=cek, context=context, authorization=authorization)
        await self._upstream.advance(request_id, step="enrich", authorization=authorization)


def _by_key(sets: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Group sets by the key that sealed them; the group that was begun last comes last."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in sets:
        groups.setdefault(str(each.get("lineage") or each["encryptedCEKContext"]), []).append(each)
    return list(groups.values())


def attested(subject: Fields, *, random: Callable[[int], bytes]) -> list[Identifier]:
    """Read the identifiers that a submission states."""
    named = [
        (name, name, value)
        for name in ("email", "coreIdentifier")
        if (value := subject.optional_text(name)) is not None
    ]
    extra = subject.optional_nested("attestedExtraIdentifiers")
    for kind in extra.content:
        named += [(each.optional_text("name") or kind, kind, each.text("value")) for each in extra.objects(kind)]
    return [_identifier(name, kind, value, random=random) for name, kind, value in named]


def enriched(body: Fields, *, random: Callable[[int], bytes]) -> list[Identifier]:
    """Read the identifiers that an enricher found: `{name: [{value}]}`."""
    found = body.nested("enrichedIdentifiers")
    return [
        _identifier(name, name, each.text("value"), random=random)
        for name in found.content
        for each in found.objects(name)
    ]


def _identifier(name: str, kind: str, value: str, *, random: Callable[[int], bytes]) -> Identifier:
    known = kind if kind in TYPES else "custom"
    return {"id": new_id(random), "name": name, "value": value, "type": known}


def _unsealed(sealed: str, cek: bytes) -> list[Identifier]:
    packed = stored_bytes(sealed, where="a stored set of identifiers")
    plain = cipher.unpack(cek, packed)
    try:
        content: list[Mapping[str, Any]] = json.loads(plain)
        return [{name: str(each[name]) for name in ("id", "name", "value", "type")} for each in content]
    except (ValueError, TypeError, KeyError) as error:
        raise Tampered("a stored set of identifiers is not what Sombra writes") from error
