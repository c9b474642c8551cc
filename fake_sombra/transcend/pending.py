"""Which requests still wait for a data silo, and how long they may (sombra.md 6.24; fidelity.md#pending, #deadline)."""

from __future__ import annotations

import math
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from fake_sombra.transcend import identifiers, integrations
from fake_sombra.transcend import requests as held
from fake_sombra.transcend.requests import Held
from fake_sombra.transcend.statuses import AWAITED, CLOSED
from fake_sombra.transcend.tables import requests

_DAYS: Final = 45
_DAY_S: Final = 86_400.0


def days_remaining(request: Held, *, now: float) -> int | None:
    """Whole days until a request is overdue, negative when it is; None for one that is closed."""
    if request.status in CLOSED:
        return None
    granted = _DAYS + int(request.row.details.get("additionalDays") or 0)
    return math.floor((float(request.row.created_at) - now) / _DAY_S) + granted


def page(rows: Connection, silo_id: str, *, kind: str, limit: int, offset: int, now: float) -> list[dict[str, Any]]:
    """List the requests of one kind that a silo has to answer, oldest first, with what a gateway needs to tell it."""
    if held.is_paused(rows) or integrations.is_paused(rows, silo_id):
        return []
    found = held.page(rows, wanted=AWAITED, first=limit, after=None, offset=offset, only=_of(silo_id, kind))
    return [_node(rows, request, now=now) for request in found.found]


def count(rows: Connection, silo_id: str) -> int:
    """Count the requests of every kind that a silo has to answer."""
    if held.is_paused(rows) or integrations.is_paused(rows, silo_id):
        return 0
    query = select(func.count()).select_from(requests).where(requests.c.status.in_(AWAITED), _asks(silo_id))
    return int(rows.execute(query).scalar_one())


def _of(silo_id: str, kind: str) -> list[ColumnElement[bool]]:
    return [requests.c.type == kind, _asks(silo_id)]


def _asks(silo_id: str) -> ColumnElement[bool]:
    """A request that names its data silos asks only those; an id holds no quote, so its JSON text can be searched."""
    named = requests.c.details["dataSiloIds"].as_string()
    return or_(named.is_(None), named == "[]", named.contains(f'"{silo_id}"', autoescape=True))


def _node(rows: Connection, request: Held, *, now: float) -> dict[str, Any]:
    details = request.row.details
    values: dict[str, list[str]] = {}
    for value in details.get("attributeValues", []):
        values.setdefault(value["attributeKey"]["name"], []).append(value["name"])
    return {
        "requestId": request.id,
        "coreIdentifier": request.core_identifier,
        "requestCreatedAt": held.instant(request.row.created_at),
        "daysUntilOverdue": days_remaining(request, now=now),
        "dataSubjectType": details.get("subjectType"),
        "locale": details.get("locale"),
        "country": details.get("country"),
        "countrySubDivision": details.get("countrySubDivision"),
        "attributes": [{"key": key, "values": each} for key, each in values.items()],
        "encryptedCEKContext": held.token_of(rows, request.id, request.context_id),
        "sets": identifiers.every_set(rows, request.id),
    }
