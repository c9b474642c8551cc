"""Which requests a list is narrowed to: the members of `RequestFiltersInput`, as conditions of SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, func, not_, or_

from fake_sombra.transcend.fields import Fields
from fake_sombra.transcend.requests import IS_EXPIRED
from fake_sombra.transcend.statuses import CLOSED
from fake_sombra.transcend.tables import requests

_DETAILS: Final = requests.c.details
Condition = ColumnElement[bool]


def conditions(given: Mapping[str, Any] | None) -> list[Condition]:
    """Return one condition for each member that is given and not null; raise `BadRequest` for a time that is none."""
    named = {} if given is None else given
    return [_FILTERS[name](named, name) for name in named if named[name] is not None]


def _among(column: ColumnElement[str]) -> Callable[[Mapping[str, Any], str], Condition]:
    return lambda given, name: column.in_(given[name])


def _flag(name_in_details: str) -> Callable[[Mapping[str, Any], str], Condition]:
    return lambda given, name: _DETAILS[name_in_details].as_boolean() == given[name]


def _is_closed(given: Mapping[str, Any], name: str) -> Condition:
    closed = requests.c.status.in_(CLOSED)
    return closed if given[name] else not_(closed)


def _is_context_expired(given: Mapping[str, Any], name: str) -> Condition:
    is_expired = func.coalesce(IS_EXPIRED, False)
    return is_expired if given[name] else not_(is_expired)


def _after(column: ColumnElement[float]) -> Callable[[Mapping[str, Any], str], Condition]:
    return lambda given, name: column > _seconds(given, name)


def _before(column: ColumnElement[float]) -> Callable[[Mapping[str, Any], str], Condition]:
    return lambda given, name: column < _seconds(given, name)


def _seconds(given: Mapping[str, Any], name: str) -> float:
    return Fields(given).instant(name) or 0.0


def _holds(*texts: ColumnElement[str]) -> Callable[[Mapping[str, Any], str], Condition]:
    def condition(given: Mapping[str, Any], name: str) -> Condition:
        sought = str(given[name]).lower()
        return or_(*(func.lower(text).contains(sought, autoescape=True) for text in texts))

    return condition


_FILTERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Condition]]] = {
    "ids": _among(requests.c.id),
    "type": _among(requests.c.type),
    "status": _among(requests.c.status),
    "origin": _among(_DETAILS["origin"].as_string()),
    "emails": _among(_DETAILS["email"].as_string()),
    "coreIdentifierValues": _among(_DETAILS["coreIdentifier"].as_string()),
    "locales": _among(_DETAILS["locale"].as_string()),
    "countries": _among(_DETAILS["country"].as_string()),
    "details": _holds(_DETAILS["details"].as_string()),
    "text": _holds(requests.c.id, _DETAILS["email"].as_string(), _DETAILS["coreIdentifier"].as_string()),
    "isTest": _flag("isTest"),
    "isSilent": _flag("isSilent"),
    "isClosed": _is_closed,
    "isContextExpired": _is_context_expired,
    "createdAtAfter": _after(requests.c.created_at),
    "createdAtBefore": _before(requests.c.created_at),
    "updatedAtAfter": _after(requests.c.updated_at),
    "updatedAtBefore": _before(requests.c.updated_at),
}
