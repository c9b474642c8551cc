"""How what is stored looks in GraphQL: rows to nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_sombra.transcend import pending
from fake_sombra.transcend.graphql import catalogue
from fake_sombra.transcend.graphql.services import stable_id
from fake_sombra.transcend.requests import Held, instant
from fake_sombra.transcend.statuses import CLOSED

Node = dict[str, Any]

_SUCCESSFUL = frozenset({"COMPLETED", "SECONDARY_COMPLETED"})
_BEFORE_ENRICHMENT = frozenset({"REQUEST_MADE", "ENRICHING"})


def request(held: Held, *, now: float) -> Node:
    """A request as `Request` shows it; email and core identifier are Transcend's own, in the clear."""
    details, status = held.row.details, held.status
    return {
        **held.submitted(),
        "createdAt": instant(held.row.created_at),
        "updatedAt": instant(held.row.updated_at),
        "activeType": held.row.type,
        "locale": details.get("locale") or "en",
        "details": details.get("details") or "",
        "origin": details.get("origin") or "API",
        "isContextExpired": held.is_expired,
        "isClosed": status in CLOSED,
        "isActive": status not in CLOSED,
        "purpose": None,
        "successfullyCompletedAt": instant(held.row.updated_at) if status in _SUCCESSFUL else None,
        "daysRemaining": pending.days_remaining(held, now=now),
        "attributeValues": [_attribute_value(each) for each in details.get("attributeValues", [])],
    }


def _attribute_value(value: Mapping[str, Any]) -> Node:
    key, name = str(value["attributeKey"]["name"]), str(value["name"])
    known = catalogue.attribute_key(key)
    return {"id": stable_id("attribute value", key, name), "name": name, "attributeKey": known}


def request_enricher(held: Held) -> Node:
    """The preflight step of a request: still to be done, or done."""
    is_open = held.status in _BEFORE_ENRICHMENT
    return {
        "id": stable_id("request enricher", held.id),
        "requestId": held.id,
        "status": "ACTION_REQUIRED" if is_open else "RESOLVED",
        "enricher": catalogue.ENRICHER,
        "error": None,
    }


def data_silo(integration: Mapping[str, Any]) -> Node:
    """An integration as `DataSilo` shows it."""
    return {
        "id": integration["id"],
        "title": integration["title"],
        "description": "",
        "type": "server",
        "outerType": None,
        "isPausedForDsrs": integration["isPausedForDsrs"],
    }


def request_file(file: Any, *, origin: str) -> Node:
    """A file as `RequestFile` shows it: what decrypts it, but for the key."""
    return {
        "id": file.id,
        "remoteId": file.id,
        "fileName": file.file_name,
        "mimetype": file.mimetype,
        "size": str(file.size),
        "createdAt": instant(file.created_at),
        "status": "RESOLVED",
        "downloadUrl": f"{origin}/fake/v1/encrypted/{file.id}",
        "iv": file.iv,
        "authTag": file.auth_tag,
    }


def page_info(*, end: str | None, has_next: bool, has_previous: bool, start: str | None = None) -> Node:
    """Where a page lies among its neighbours."""
    return {"startCursor": start, "endCursor": end, "hasNextPage": has_next, "hasPreviousPage": has_previous}
