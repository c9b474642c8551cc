"""Integrations and their credentials' contexts: connecting again adds one, the old ones stay (D-12)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from fake_sombra.errors import NotFound
from fake_sombra.transcend.tables import integration_contexts, integrations

_CONTEXTS: Final = (
    select(func.count())
    .select_from(integration_contexts)
    .where(integration_contexts.c.integration_id == integrations.c.id)
    .scalar_subquery()
)
_ALL: Final = select(integrations, _CONTEXTS.label("contexts"))


def find(rows: Connection, integration_id: str) -> dict[str, Any]:
    """Return an integration, or raise `NotFound`."""
    row = rows.execute(_ALL.where(integrations.c.id == integration_id)).first()
    if row is None:
        raise NotFound(f"there is no integration {integration_id}")
    return _view(row)


def every(rows: Connection) -> list[dict[str, Any]]:
    """Return all integrations, oldest first."""
    query = _ALL.order_by(integrations.c.created_at, integrations.c.id)
    return [_view(row) for row in rows.execute(query)]


def put(rows: Connection, integration_id: str, *, title: str, at: float) -> dict[str, Any]:
    """Make an integration, or rename the one of that id, and return it."""
    changed = rows.execute(update(integrations).where(integrations.c.id == integration_id).values(title=title))
    if changed.rowcount == 0:
        rows.execute(insert(integrations).values(id=integration_id, title=title, created_at=at, is_paused=False))
    return find(rows, integration_id)


def pause(rows: Connection, integration_id: str, *, is_paused: bool) -> dict[str, Any]:
    """Stop or continue the work for one integration (sombra.md 7.6), and return it."""
    find(rows, integration_id)
    rows.execute(update(integrations).where(integrations.c.id == integration_id).values(is_paused=is_paused))
    return find(rows, integration_id)


def is_paused(rows: Connection, integration_id: str) -> bool:
    """Say whether an integration is paused; one that is not known is not."""
    query = select(integrations.c.is_paused).where(integrations.c.id == integration_id)
    return bool(rows.execute(query).scalar())


def add_context(rows: Connection, integration_id: str, *, context_id: str, token: str, at: float) -> None:
    """Append a context, as connecting does; raise `NotFound` when there is no such integration."""
    find(rows, integration_id)
    rows.execute(
        insert(integration_contexts).values(id=context_id, integration_id=integration_id, token=token, created_at=at)
    )


def token_of(rows: Connection, integration_id: str, context_id: str | None) -> str:
    """Return the named context, or the latest when none is named; raise `NotFound` when there is none."""
    find(rows, integration_id)
    query = select(integration_contexts.c.token).where(integration_contexts.c.integration_id == integration_id)
    if context_id is not None:
        query = query.where(integration_contexts.c.id == context_id)
    token = rows.execute(query.order_by(integration_contexts.c.seq.desc()).limit(1)).scalar()
    if token is None:
        raise NotFound(f"integration {integration_id} has no context {context_id or 'yet; connect it'}")
    return str(token)


def _view(row: Row[Any]) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "contexts": row.contexts, "isPausedForDsrs": row.is_paused}
