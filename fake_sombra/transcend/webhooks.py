"""What a webhook tells: a job to a data silo, or a preflight check to the enricher that every request has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from fake_sombra.errors import BadRequest, Conflict
from fake_sombra.transcend import integrations, requests
from fake_sombra.transcend.fields import Fields
from fake_sombra.transcend.graphql.catalogue import ENRICHER
from fake_sombra.transcend.requests import Held

KINDS = ("job", "preflight")


def about(asked: Fields, held: Held) -> dict[str, Any]:
    """Return what the receiver is asked; a job where no `kind` is named.

    A preflight check takes one identifier: the e-mail address, or the core identifier where there is none.
    """
    kind = asked.optional_text("kind") or "job"
    if kind not in KINDS:
        raise BadRequest(f"'kind' is neither {' nor '.join(KINDS)}")
    if kind == "job":
        return {"dataSiloId": asked.identifier("dataSiloId")}
    email = held.row.details.get("email")
    name, value = ("email", email) if email else ("coreIdentifier", held.core_identifier)
    return {"enricherId": ENRICHER["id"], "requestIdentifier": {"name": name, "value": value}}


def of(held: Held) -> dict[str, Any]:
    """Return what every webhook says of its request."""
    return {
        "requestId": held.id,
        "coreIdentifier": held.core_identifier,
        "type": held.row.type,
        "subjectType": held.row.details.get("subjectType"),
        "isTest": bool(held.row.details.get("isTest")),
    }


def must_not_be_paused(rows: Connection, data_silo_id: str | None) -> None:
    """Raise `Conflict` while the organization, or the integration that is meant, is paused."""
    if requests.is_paused(rows):
        raise Conflict("the organization has paused its requests, so no webhook is sent; unpause it first")
    if data_silo_id is not None and integrations.is_paused(rows, data_silo_id):
        raise Conflict(f"integration {data_silo_id} is paused, so no webhook is sent; unpause it first")
