"""Sets of sealed identifiers, each with its own context; a newer set never replaces an older one."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select

from fake_sombra.transcend import requests
from fake_sombra.transcend.tables import contexts, identifier_sets

_SETS: Final = (
    select(identifier_sets.c.id, identifier_sets.c.sealed, identifier_sets.c.context_id, contexts.c.token)
    .join(contexts, contexts.c.id == identifier_sets.c.context_id)
    .where(identifier_sets.c.request_id == bindparam("request_id"))
    .order_by(identifier_sets.c.seq)
)

_ADD: Final = insert(identifier_sets)


def add(rows: Connection, request_id: str, *, set_id: str, token: str, sealed: str, at: float) -> None:
    """Append a set; raise `ContextMismatch` when the request was never given that context."""
    requests.find(rows, request_id)
    context_id = requests.context_of(rows, request_id, token)
    row = {"id": set_id, "request_id": request_id, "context_id": context_id, "sealed": sealed, "created_at": at}
    rows.execute(_ADD, row)


def every_set(rows: Connection, request_id: str) -> list[dict[str, Any]]:
    """Return all sets of a request, oldest first, each with what says which key opens it."""
    requests.find(rows, request_id)
    lineages = requests.lineages(rows, request_id)
    found = rows.execute(_SETS, {"request_id": request_id})
    return [
        {
            "setId": row.id,
            "sealed": row.sealed,
            "encryptedCEKContext": row.token,
            **requests.renewed(lineages, row.context_id),
        }
        for row in found
    ]
