"""How a data silo that is not called asks what it has to do: pending requests, each with a nonce to answer with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.identifiers import Identifier, Identifiers
from fake_sombra.gateway.upstream import Upstream

_TOLD = (
    "requestId",
    "coreIdentifier",
    "requestCreatedAt",
    "daysUntilOverdue",
    "dataSubjectType",
    "locale",
    "country",
    "countrySubDivision",
    "attributes",
)
_PREFERRED = ("email", "coreIdentifier")


class Cron:
    """Lists pending requests; each one's identifiers are opened, so one that does not open refuses the page."""

    def __init__(self, *, contexts: Contexts, identifiers: Identifiers, upstream: Upstream) -> None:
        self._contexts = contexts
        self._identifiers = identifiers
        self._upstream = upstream

    async def pending(
        self, silo_id: str, *, kind: str, limit: int, offset: int, authorization: str
    ) -> dict[str, list[dict[str, Any]]]:
        """List one identifier of each pending request (sombra.md 6.24; fidelity.md#pending-identifier)."""
        nodes = await self._upstream.pending(
            silo_id, kind=kind, limit=limit, offset=offset, authorization=authorization
        )
        return {"items": [await self._item(silo_id, node) for node in nodes]}

    async def _item(self, silo_id: str, node: Mapping[str, Any]) -> dict[str, Any]:
        request_id = str(node["requestId"])
        opened, found = await self._identifiers.newest(request_id, node.get("sets") or [])
        chosen = _chosen(found, core_identifier=str(node["coreIdentifier"]))
        context = opened or str(node["encryptedCEKContext"])
        return {
            "identifier": chosen["value"],
            "type": chosen["type"],
            "dataSiloId": silo_id,
            "nonce": self._contexts.make_nonce(request_id=request_id, data_silo_id=silo_id, context=context),
            **{name: node.get(name) for name in _TOLD},
            "partition": None,
        }


def _chosen(found: Sequence[Identifier], *, core_identifier: str) -> Mapping[str, str]:
    for kind in _PREFERRED:
        for identifier in found:
            if identifier["type"] == kind:
                return identifier
    return found[0] if found else {"value": core_identifier, "type": "coreIdentifier"}
