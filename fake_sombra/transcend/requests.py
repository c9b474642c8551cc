"""The life of a data subject request: made once, given further contexts by each restart, never given less."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from fake_sombra.errors import BadRequest, Conflict, ContextMismatch, NotFound
from fake_sombra.transcend import statuses
from fake_sombra.transcend.submission import PUBLIC
from fake_sombra.transcend.tables import contexts, files, organization, requests

_ROOT: Final = contexts.alias("root")
_LATEST: Final = (  # of the newest key, its newest signature: a renewal counts as old as what it renews
    select(contexts.c.id)
    .outerjoin(_ROOT, _ROOT.c.id == contexts.c.renews)
    .where(contexts.c.request_id == requests.c.id)
    .order_by(func.coalesce(_ROOT.c.seq, contexts.c.seq).desc(), contexts.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_FILES: Final = select(func.count()).select_from(files).where(files.c.request_id == requests.c.id).scalar_subquery()
_ALL: Final = select(requests, _LATEST.label("context_id"), _FILES.label("files"))
_LINEAGE: Final = (
    select(contexts.c.id, contexts.c.renews, contexts.c.token)
    .where(contexts.c.request_id == bindparam("request_id"))
    .order_by(contexts.c.seq)
)
IS_EXPIRED: Final = and_(requests.c.is_expired, requests.c.judged_context_id == _LATEST)
"""SQL: `open-context` refused the latest context."""

_ONE: Final = _ALL.where(requests.c.id == bindparam("id"))
_TOKEN: Final = select(contexts.c.token).where(
    contexts.c.id == bindparam("id"), contexts.c.request_id == bindparam("request_id")
)
_CONTEXT_OF: Final = (
    select(contexts.c.id)
    .where(contexts.c.request_id == bindparam("request_id"), contexts.c.token == bindparam("token"))
    .order_by(contexts.c.seq.desc())
    .limit(1)
)

# Built once: a statement whose values are parameters costs a third of one that is made for each call.
_ADD: Final = insert(requests)
_ADD_CONTEXT: Final = insert(contexts)
_ALTER: Final = update(requests).where(requests.c.id == bindparam("one"))
_JUDGE: Final = _ALTER.values(judged_context_id=bindparam("judged_context_id"), is_expired=bindparam("is_expired"))
_SET_STATUS: Final = _ALTER.values(status=bindparam("status"))


ALREADY_MADE: Final = "Client error: You have already made this request."
"""The words by which a client knows a duplicate (clients.md 4.2)."""


def instant(seconds: float) -> str:
    """Write a time as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Held:
    """One request as it stands: its row, its latest context, and whether that one is known not to open."""

    row: Row[Any]

    @property
    def id(self) -> str:
        """The id it was submitted with."""
        return str(self.row.id)

    @property
    def status(self) -> str:
        """One of the sixteen."""
        return str(self.row.status)

    @property
    def context_id(self) -> str:
        """The latest context it was given."""
        return str(self.row.context_id)

    @property
    def core_identifier(self) -> str:
        """What the data subject is known by."""
        return str(self.row.details["coreIdentifier"])

    @property
    def is_expired(self) -> bool:
        """True when `open-context` refused the latest context; a context made since then is unjudged."""
        return bool(self.row.is_expired) and self.row.judged_context_id == self.row.context_id

    def submitted(self) -> dict[str, Any]:
        """Return the request as the public submission route answers it (sombra.md 6.12)."""
        return {
            "id": self.id,
            "link": f"https://transcend.invalid/privacy-requests/{self.id}",
            "status": self.status,
            "type": self.row.type,
            **{name: self.row.details[name] for name in PUBLIC if name in self.row.details},
        }

    def listed(self) -> dict[str, Any]:
        """Return the request as the list shows it: visible whether or not it opens (G-21)."""
        return {
            **self.submitted(),
            "createdAt": instant(self.row.created_at),
            "contextId": self.context_id,
            "isContextExpired": self.is_expired,
            "files": self.row.files,
        }


def find(rows: Connection, request_id: str) -> Held:
    """Return a request, or raise `NotFound`."""
    row = rows.execute(_ONE, {"id": request_id}).first()
    if row is None:
        raise NotFound(f"there is no request {request_id}")
    return Held(row)


def add(rows: Connection, request_id: str, *, details: dict[str, Any], kind: str, at: float) -> None:
    """Make a request, without a context yet, in REQUEST_MADE or in the closed status that it states.

    Raise `Conflict` when the id is taken, or when the very same submission is still open.
    """
    if rows.execute(_ONE, {"id": request_id}).first() is not None:
        raise Conflict(f"request {request_id} exists already; restart it instead")
    if _has_open_twin(rows, details.get("digest")):
        raise Conflict(ALREADY_MADE)
    status = details.get("completedRequestStatus") or "REQUEST_MADE"
    row = {"id": request_id, "created_at": at, "updated_at": at, "status": status, "type": kind}
    rows.execute(_ADD, {**row, "details": details, "is_expired": False})


def _has_open_twin(rows: Connection, digest: str | None) -> bool:
    if digest is None:
        return False
    is_twin = requests.c.details["digest"].as_string() == digest
    open_twin = select(requests.c.id).where(is_twin, requests.c.status.not_in(statuses.CLOSED)).limit(1)
    return rows.execute(open_twin).first() is not None


def touch(rows: Connection, request_id: str, *, at: float) -> None:
    """Remember when a request was last changed."""
    rows.execute(update(requests).where(requests.c.id == request_id).values(updated_at=at))


def amend(rows: Connection, request_id: str, changed: dict[str, Any], *, at: float) -> Held:
    """Change some of what was stated of a request, and return it."""
    details = {**find(rows, request_id).row.details, **changed}
    rows.execute(update(requests).where(requests.c.id == request_id).values(details=details, updated_at=at))
    return find(rows, request_id)


def add_context(rows: Connection, request_id: str, *, context_id: str, token: str, at: float) -> None:
    """Give a request a further context; those before it stay as they are."""
    row = {"id": context_id, "request_id": request_id, "token": token, "created_at": at}
    rows.execute(_ADD_CONTEXT, row)


def renew_context(rows: Connection, request_id: str, *, renewed: str, context_id: str, token: str, at: float) -> None:
    """Give a request the same key once more, under a newer signature and wrap; the renewed context stays."""
    rows.execute(
        insert(contexts).values(id=context_id, request_id=request_id, token=token, created_at=at, renews=renewed)
    )


@dataclass(frozen=True, slots=True)
class Lineage:
    """Contexts that carry one key: the first of them by id, and all their tokens, newest first."""

    root: str
    tokens: list[str]


def lineages(rows: Connection, request_id: str) -> dict[str, Lineage]:
    """Return, by context id, what was renewed since: nothing for a context that never was."""
    found: dict[str, Lineage] = {}
    for row in rows.execute(_LINEAGE, {"request_id": request_id}):
        lineage = found.setdefault(row.renews or row.id, Lineage(row.id, []))
        lineage.tokens.insert(0, row.token)
        found[row.id] = lineage
    return {context_id: lineage for context_id, lineage in found.items() if len(lineage.tokens) > 1}


def renewable(rows: Connection, request_id: str) -> list[tuple[str, str]]:
    """Return each key that a request was given: the context it came with, by id, and its newest token."""
    find(rows, request_id)
    newest: dict[str, str] = {}
    for row in rows.execute(_LINEAGE, {"request_id": request_id}):
        newest[row.renews or row.id] = row.token
    return list(newest.items())


def renewed(lineages: dict[str, Lineage], context_id: str) -> dict[str, Any]:
    """Say of something stored which contexts carry its key by now, where there are several."""
    lineage = lineages.get(context_id)
    return {} if lineage is None else {"lineage": lineage.root, "renewals": lineage.tokens}


def token_of(rows: Connection, request_id: str, context_id: str) -> str:
    """Return one of a request's contexts as a token, or raise `NotFound`."""
    token = rows.execute(_TOKEN, {"id": context_id, "request_id": request_id}).scalar()
    if token is None:
        raise NotFound(f"request {request_id} has no context {context_id}")
    return str(token)


def context_of(rows: Connection, request_id: str, token: str) -> str:
    """Return the id of a context by its token, or raise `ContextMismatch` when the request never had it."""
    context_id = rows.execute(_CONTEXT_OF, {"request_id": request_id, "token": token}).scalar()
    if context_id is None:
        raise ContextMismatch(f"request {request_id} was never given this context")
    return str(context_id)


def context_list(rows: Connection, request_id: str) -> list[dict[str, Any]]:
    """Return every context a request was given, oldest first, without the tokens."""
    find(rows, request_id)
    query = select(contexts).where(contexts.c.request_id == request_id).order_by(contexts.c.seq)
    return [{"contextId": row.id, "createdAt": instant(row.created_at)} for row in rows.execute(query)]


def judge(rows: Connection, request_id: str, *, context_id: str, is_expired: bool) -> None:
    """Remember what `open-context` said of a context."""
    rows.execute(_JUDGE, {"one": request_id, "judged_context_id": context_id, "is_expired": is_expired})


def step(rows: Connection, request_id: str, name: str) -> Held:
    """Take a request one step on, or raise `Conflict` when its status does not allow it."""
    return set_status(rows, request_id, statuses.after(name, find(rows, request_id).status))


def set_status(rows: Connection, request_id: str, status: str) -> Held:
    """Put a request into a status, whatever it was in, and return it."""
    rows.execute(_SET_STATUS, {"one": request_id, "status": status})
    return find(rows, request_id)


def is_paused(rows: Connection) -> bool:
    """Say whether the organization has paused its requests."""
    return bool(rows.execute(select(organization.c.is_paused)).scalar_one())


@dataclass(frozen=True, slots=True)
class Page:
    """Some requests in order of age, then id; `cursor` continues after the last of them."""

    total: int
    found: list[Held]
    cursor: str | None


def page(
    rows: Connection,
    *,
    wanted: Collection[str],
    first: int,
    after: str | None,
    offset: int = 0,
    only: Sequence[ColumnElement[bool]] = (),
) -> Page:
    """List requests, of certain statuses if any are named, and `only` those; `BadRequest` for a foreign cursor."""
    conditions = [requests.c.status.in_(wanted), *only] if wanted else only
    total = rows.execute(select(func.count()).select_from(requests).where(*conditions)).scalar_one()
    query = _beyond(_ALL.where(*conditions), after).order_by(requests.c.created_at, requests.c.id)
    found = [Held(row) for row in rows.execute(query.limit(first).offset(offset))]
    return Page(total, found, cursor_of(found[-1]) if found else None)


def _beyond(query: Select[Any], after: str | None) -> Select[Any]:
    if after is None:
        return query
    age, request_id = _position(after)
    same_age = and_(requests.c.created_at == age, requests.c.id > request_id)
    return query.where(or_(requests.c.created_at > age, same_age))


def cursor_of(held: Held) -> str:
    """Return what continues a list after this request."""
    return base64.urlsafe_b64encode(f"{held.row.created_at!r} {held.id}".encode()).decode()


def _position(cursor: str) -> tuple[float, str]:
    try:
        age, _, request_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return float(age), request_id
    except (binascii.Error, ValueError) as error:
        raise BadRequest("'after' is no cursor of this list; use the endCursor of the page before") from error
