"""How to damage what is stored, one thing at a time, so that a rehearsal can show that damage is noticed.

A ciphertext is damaged by pointing its row at a new, damaged blob: forks share the old one.
"""

from __future__ import annotations

import base64
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, select, update

from fake_sombra.errors import BadRequest, Conflict, NotFound
from fake_sombra.transcend.blobs import Blobs
from fake_sombra.transcend.tables import contexts, files, identifier_sets, integration_contexts

KINDS: Final = ("file", "context", "label", "integration", "identifier")
HOWS: Final = ("flip", "cut", "strip", "forge")


def tamper(rows: Connection, blobs: Blobs, *, kind: str, thing_id: str, how: str) -> None:
    """Damage one stored thing; raise `BadRequest` for what cannot be done from here."""
    if kind not in KINDS or how not in HOWS:
        raise BadRequest(f"'kind' is one of {', '.join(KINDS)}; 'how' is one of {', '.join(HOWS)}")
    if kind == "label" or how in {"strip", "forge"}:
        raise BadRequest(
            "a changed label needs a new signature, and Transcend has no key for one; "
            "the gateway's unit tests forge labels"
        )
    if kind == "file":
        _tamper_file(rows, blobs, file_id=thing_id, how=how)
    elif kind == "context":
        row = _latest(rows, contexts, thing_id, contexts.c.request_id)
        _set(rows, contexts, row.seq, token=_damaged_token(row.token, how))
    elif kind == "integration":
        row = _latest(rows, integration_contexts, thing_id, integration_contexts.c.integration_id)
        _set(rows, integration_contexts, row.seq, token=_damaged_token(row.token, how))
    else:
        row = _latest(rows, identifier_sets, thing_id, identifier_sets.c.request_id)
        sealed = _damaged(base64.b64decode(row.sealed), how)
        _set(rows, identifier_sets, row.seq, sealed=base64.b64encode(sealed).decode())


def _tamper_file(rows: Connection, blobs: Blobs, *, file_id: str, how: str) -> None:
    row = rows.execute(select(files).where(files.c.id == file_id)).first()
    if row is None:
        raise NotFound(f"there is no file {file_id}")
    ciphertext = blobs.path(row.blob).read_bytes()
    if ciphertext:
        _set(rows, files, row.seq, blob=blobs.add(_damaged(ciphertext, how)))
    else:
        tag = _damaged(base64.b64decode(row.auth_tag), "flip")  # an empty file has nothing else to damage
        _set(rows, files, row.seq, auth_tag=base64.b64encode(tag).decode())


def _latest(rows: Connection, table: Table, thing_id: str, owner: Column[str]) -> Any:
    query = select(table).where((table.c.id == thing_id) | (owner == thing_id)).order_by(table.c.seq.desc())
    row = rows.execute(query.limit(1)).first()
    if row is None:
        raise NotFound(f"nothing in {table.name} is, or belongs to, {thing_id}")
    return row


def _set(rows: Connection, table: Table, seq: int, **values: str) -> None:
    rows.execute(update(table).where(table.c.seq == seq).values(**values))


def _damaged_token(token: str, how: str) -> str:
    head, _, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    if not payload:
        raise Conflict("what is stored is no signed token, so it has no payload to damage")
    middle = len(payload) // 2
    if how == "cut":
        return f"{head}.{payload[:middle]}.{signature}"
    other = "B" if payload[middle] == "A" else "A"
    return f"{head}.{payload[:middle]}{other}{payload[middle + 1 :]}.{signature}"


def _damaged(content: bytes, how: str) -> bytes:
    if how == "cut":
        return content[:-1]
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
