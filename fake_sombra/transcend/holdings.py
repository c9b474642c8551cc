"""Everything that is stored and can be opened, read at one go: what a gateway would be handed, by name.

For who tries all of it again and again in one process; SQLite alone, whose driver counts its changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_sombra.transcend.store import Store

_REQUESTS = "SELECT id, status FROM requests"
_CONTEXTS = "SELECT request_id, id, token FROM contexts ORDER BY seq"
_FILES = (
    "SELECT files.request_id, file_name, files.id, blob, iv, auth_tag, mimetype, token "
    "FROM files JOIN contexts ON contexts.id = context_id ORDER BY files.seq"
)
_SETS = (
    "SELECT identifier_sets.request_id, sealed, token "
    "FROM identifier_sets JOIN contexts ON contexts.id = context_id ORDER BY identifier_sets.seq"
)
_INTEGRATIONS = "SELECT id, token FROM integration_contexts"
_CONSENTS = "SELECT id, encrypted FROM consent_identifiers"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file's row, and the token of the context it was made with."""

    id: str
    blob: str
    iv: str
    auth_tag: str
    mimetype: str
    context: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Holdings:
    """Contexts and identifier sets by request, oldest first; files by request and name; the rest by id."""

    statuses: Mapping[str, str]
    contexts: Mapping[str, Mapping[str, str]] = field(repr=False)
    files: Mapping[tuple[str, str], StoredFile] = field(repr=False)
    identifier_sets: Mapping[str, list[tuple[str, str]]] = field(repr=False)
    integrations: Mapping[str, str] = field(repr=False)
    consents: Mapping[str, str] = field(repr=False)


class Reader:
    """Reads a store, and again only when something was written since."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: tuple[int, Holdings] | None = None

    def holdings(self) -> Holdings:
        """What is stored now; raise TypeError for a store that is not SQLite."""
        with self._store.read() as rows:
            driver = rows.connection.driver_connection
            if not isinstance(driver, sqlite3.Connection):
                raise TypeError("only a store in SQLite can be read so")
            if self._read is None or self._read[0] != driver.total_changes:
                self._read = (driver.total_changes, _all_of(driver))
            return self._read[1]


def _all_of(driver: sqlite3.Connection) -> Holdings:
    contexts: dict[str, dict[str, str]] = {}
    for request_id, context_id, token in driver.execute(_CONTEXTS):
        contexts.setdefault(request_id, {})[context_id] = token
    sets: dict[str, list[tuple[str, str]]] = {}
    for request_id, sealed, token in driver.execute(_SETS):
        sets.setdefault(request_id, []).append((sealed, token))
    return Holdings(
        statuses=dict(driver.execute(_REQUESTS)),
        contexts=contexts,
        files={(row[0], row[1]): StoredFile(*row[2:]) for row in driver.execute(_FILES)},
        identifier_sets=sets,
        integrations=dict(driver.execute(_INTEGRATIONS)),
        consents=dict(driver.execute(_CONSENTS)),
    )
