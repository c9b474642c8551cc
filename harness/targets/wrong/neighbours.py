"""Wrong treatment of neighbours: integrations, whose credentials Sombra keeps, and what they go on doing in a pause."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from fake_sombra.errors import Conflict
from fake_sombra.transcend import integrations, requests
from fake_sombra.transcend.calls import Call, Reply
from fake_sombra.transcend.tables import integration_contexts
from fake_sombra.transcend.through_gateway import ThroughGateway
from harness.mutants.mutant import Patches, mutant


@mutant("pause-stops-heartbeats", breaks="D-11", killed_by="paused-traffic-accounted")
def pause_stops_heartbeats(patches: Patches) -> None:
    """A pause holds the heartbeats of integrations back as well, so that nobody counts what a stop would cost."""

    def around(original: Any) -> Any:
        async def proxy(self: ThroughGateway, call: Call) -> Reply:
            with self.store.read() as rows:
                if requests.is_paused(rows):
                    raise Conflict("the organization is paused")
            reply: Reply = await original(self, call)
            return reply

        return proxy

    patches.wrap(ThroughGateway, "_proxy", around)


@mutant("reconnecting-forgets", breaks="D-11", killed_by="paused-traffic-accounted")
def reconnecting_forgets(patches: Patches) -> None:
    """A new credential of an integration replaces the older ones, which a rollback would open again."""

    def around(original: Any) -> Any:
        def add_context(rows: Any, integration_id: str, **given: Any) -> None:
            older = integration_contexts.c.integration_id == integration_id
            rows.execute(delete(integration_contexts).where(older))
            original(rows, integration_id, **given)

        return add_context

    patches.wrap(integrations, "add_context", around)
