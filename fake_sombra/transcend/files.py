"""Which ciphertexts belong to which request, and what opens each: its IV, its tag, its own context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, select

from fake_sombra.errors import Conflict, NotFound
from fake_sombra.transcend import requests
from fake_sombra.transcend.tables import contexts, files, integrations

_SERVED: Final = select(files.c.blob, files.c.iv, files.c.auth_tag, files.c.mimetype, files.c.request_id).where(
    files.c.id == bindparam("id")
)
_LISTED: Final = (
    select(files, contexts.c.token, integrations.c.title)
    .join(contexts, contexts.c.id == files.c.context_id)
    .outerjoin(integrations, integrations.c.id == files.c.data_silo_id)
    .where(files.c.request_id == bindparam("request_id"))
    .order_by(files.c.seq)
)
_PAGE: Final = _LISTED.limit(bindparam("limit")).offset(bindparam("offset"))
_TOTAL: Final = select(func.count()).select_from(files).where(files.c.request_id == bindparam("request_id"))

_ADD: Final = insert(files)


@dataclass(frozen=True, slots=True)
class Label:
    """What a gateway says of a file when it hands it over."""

    file_name: str
    mimetype: str
    iv: str
    data_silo_id: str


def add(
    rows: Connection,
    file_id: str,
    *,
    request_id: str,
    context_id: str,
    label: Label,
    sealed: tuple[str, int, str],
    at: float,
) -> None:
    """Add a file; `sealed` is blob, size in bytes and base64 tag. Raise `Conflict` when the id is taken."""
    if rows.execute(_SERVED, {"id": file_id}).first() is not None:
        raise Conflict(f"file {file_id} exists already; a new version of a file is a new file")
    blob, size, auth_tag = sealed
    rows.execute(
        _ADD,
        {
            "id": file_id,
            "request_id": request_id,
            "context_id": context_id,
            "blob": blob,
            "size": size,
            "auth_tag": auth_tag,
            "created_at": at,
            **asdict(label),
        },
    )


@dataclass(frozen=True, slots=True)
class Served:
    """What it takes to hand a file out."""

    blob: str
    iv: str
    auth_tag: str
    mimetype: str
    request_id: str


def find(rows: Connection, file_id: str) -> Served:
    """Return a file, or raise `NotFound`."""
    row = rows.execute(_SERVED, {"id": file_id}).first()
    if row is None:
        raise NotFound(f"there is no file {file_id}")
    return Served(*row)


def page(rows: Connection, request_id: str, *, limit: int, offset: int) -> dict[str, Any]:
    """List a request's files, oldest first, each with the context it was made with."""
    requests.find(rows, request_id)
    lineages = requests.lineages(rows, request_id)
    total = rows.execute(_TOTAL, {"request_id": request_id}).scalar_one()
    found = rows.execute(_PAGE, {"request_id": request_id, "limit": limit, "offset": offset})
    return {"totalCount": total, "nodes": [_node(row, lineages) for row in found]}


def search(
    rows: Connection, only: Sequence[ColumnElement[bool]], *, first: int, offset: int = 0
) -> tuple[int, Sequence[Row[Any]]]:
    """Return how many files of whatever request meet the conditions, and a page of them, oldest first."""
    total = rows.execute(select(func.count()).select_from(files).where(*only)).scalar_one()
    query = select(files).where(*only).order_by(files.c.seq).limit(first).offset(offset)
    return total, rows.execute(query).all()


def encrypted(rows: Connection, request_id: str, *, origin: str) -> Iterator[dict[str, Any]]:
    """Say for each file what a data subject's browser is handed; it still lacks the CEK."""
    requests.find(rows, request_id)
    for row in rows.execute(_LISTED, {"request_id": request_id}):
        yield {
            "fileId": row.id,
            "contextId": row.context_id,
            "url": f"{origin}/fake/v1/encrypted/{row.id}",
            "iv": row.iv,
            "authTag": row.auth_tag,
            "size": row.size,
            "mimetype": row.mimetype,
            "fileName": row.file_name,
        }


def _node(row: Row[Any], lineages: dict[str, requests.Lineage]) -> dict[str, Any]:
    return {
        "fileId": row.id,
        "fileName": row.file_name,
        "mimetype": row.mimetype,
        "size": row.size,
        "dataSilo": {"id": row.data_silo_id, "title": row.title or row.data_silo_id},
        "encryptedCEKContext": row.token,
        **requests.renewed(lineages, row.context_id),
        "createdAt": requests.instant(row.created_at),
    }
