"""What a data subject request needs of its gateway: a key at birth, another at each restart, a reading."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fake_sombra.errors import BadRequest
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.identifiers import Identifiers, attested
from fake_sombra.gateway.identity import new_id
from fake_sombra.gateway.shapes import ACTIONS, Fields
from fake_sombra.gateway.upstream import Upstream

_COUNTRY, _SUB_DIVISION = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_SHOWN = ("id", "coreIdentifier", "email", "status", "subjectType", "type")


class Requests:
    """Submits, restarts and reads requests."""

    def __init__(
        self,
        *,
        contexts: Contexts,
        identifiers: Identifiers,
        upstream: Upstream,
        random: Callable[[int], bytes],
    ) -> None:
        self._contexts = contexts
        self._identifiers = identifiers
        self._upstream = upstream
        self._random = random

    async def submit(self, body: Fields, *, authorization: str) -> dict[str, Any]:
        """Make a request, or restart the one that `requestId` names, under a key of this boot's provider.

        A restart adds a context and a set of identifiers; the older ones stay what they were.
        """
        subject = _checked(body)
        restarted = body.optional_text("requestId")
        request_id = new_id(self._random) if restarted is None else body.identity("requestId")
        core_identifier = subject.optional_text("coreIdentifier") or subject.text("email")
        identifiers = attested(subject, random=self._random)
        cek, context = await self._contexts.make(request_id=request_id, core_identifier=core_identifier)
        saved = await self._upstream.save_request(
            {
                "requestId": request_id,
                "restart": restarted is not None,
                "encryptedCEKContext": context,
                "request": body.content,
            },
            authorization=authorization,
        )
        await self._identifiers.save(request_id, identifiers, cek=cek, context=context, authorization=authorization)
        return {"request": saved}

    async def read(self, request_id: str, *, authorization: str) -> dict[str, Any]:
        """Read a request; no key is needed for what is shown."""
        found = await self._upstream.request(request_id, authorization=authorization)
        return {name: found.get(name) for name in _SHOWN}


def _checked(body: Fields) -> Fields:
    body.choice("type", *ACTIONS)
    body.text("subjectType")
    for flag in ("isSilent", "isTest", "skipSendingReceipt", "skipWaitingPeriod", "skipEnrichmentChecks"):
        body.flag(flag)
    region = body.optional_nested("region")
    for name, form in (("country", _COUNTRY), ("countrySubDivision", _SUB_DIVISION)):
        place = region.optional_text(name)
        if place is not None and not form.fullmatch(place):
            raise BadRequest(f"body.region.{name}: expected an ISO 3166 code, such as US or US-CA")
    return body.nested("subject")
