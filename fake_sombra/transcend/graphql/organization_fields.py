"""The organization and its gateways, as GraphQL shows them: from what each said of itself when it started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sombra.errors import UpstreamDown
from fake_sombra.transcend import organization
from fake_sombra.transcend.graphql.services import Resolver, Services, stable_id
from fake_sombra.transcend.graphql.views import Node

VERSION: Final = "7.444.2"
"""What `Sombra.version` says (fidelity.md#sombra-version): above every floor that public clients ask for."""


@dataclass(frozen=True, slots=True)
class OrganizationFields:
    """Resolvers of the organization."""

    services: Services

    def resolvers(self) -> dict[str, Resolver]:
        """Return them by the name of their field."""
        return {"organization": self.organization, "sombras": lambda info: self._read()["sombras"]}

    def organization(self, info: Any) -> Node:
        """The organization, whoever asks for it."""
        return self._read()

    def sombra_ids(self) -> set[str]:
        """Return the ids of the gateways that are known."""
        return {str(sombra["id"]) for sombra in self._read()["sombras"]}

    def _read(self) -> Node:
        with self.services.store.read() as rows:
            seen = organization.view(rows)
        latest = {str(sync["id"]): sync for sync in seen["sombra"]["syncs"]}
        primary = str(seen["sombra"]["syncs"][-1]["id"]) if latest else None
        sombras = [self._sombra(sync, is_primary=name == primary) for name, sync in latest.items()]
        sombras = sombras or [self._sombra({"id": stable_id("sombra"), "uri": None}, is_primary=True)]
        return {
            "id": stable_id("organization", seen["uri"] or ""),
            "uri": seen["uri"],
            "name": seen["uri"],
            "isPaused": seen["isPaused"],
            "sombra": next(each for each in sombras if each["isPrimarySombra"]),
            "sombras": sombras,
        }

    def _sombra(self, sync: Mapping[str, Any], *, is_primary: bool) -> Node:
        return {
            "id": sync["id"],
            "title": sync["id"],
            "customerUrl": self.services.customer_url(),
            "url": None,
            "publicUrl": None,
            "publicKeyECDH": self._exchange_key,
            "version": VERSION,
            "audience": sync["uri"],
            "hostedMethod": "ON_PREMISE",
            "isPrimarySombra": is_primary,
            "isReverseTunneledSombra": False,
        }

    async def _exchange_key(self, info: Any) -> str | None:
        """Ask the gateway for its key; null while it is down."""
        try:
            said = await self.services.ingress.ask("exchange-key", {})
        except UpstreamDown:
            return None
        key = said.content().get("publicKeyECDH")
        return key if said.is_ok and isinstance(key, str) else None
