"""How rows are kept: one connection, real transactions, and an independent copy of it all in milliseconds.

SQLite by default (WAL, foreign keys, `BEGIN IMMEDIATE` for writes), PostgreSQL by URL. Calls are made inline
in the event loop: each is one or two indexed queries, and a thread hop costs more than the query does.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, func, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from fake_sombra.transcend import tables
from fake_sombra.transcend.blobs import Blobs

_MEMORY = "sqlite://"
_COUNTS = select(
    *(
        select(func.count()).select_from(each).scalar_subquery().label(each.name)
        for each in tables.metadata.sorted_tables
    )
)
_PRAGMAS = ("foreign_keys = ON", "busy_timeout = 5000", "journal_mode = WAL", "synchronous = NORMAL")


class Store:
    """All rows of one cloud, and the directory its ciphertexts lie in.

    Safe to use from several threads: one transaction at a time.
    """

    def __init__(self, connection: Connection, blobs: Blobs, *, scratch: TemporaryDirectory[str] | None = None) -> None:
        self._connection = connection
        self._scratch = scratch
        self._lock = threading.Lock()
        self.blobs = blobs

    @classmethod
    def open(cls, url: str, blobs: Path) -> Self:
        """Open a database by SQLAlchemy URL and make the tables that are missing.

        Raise `ValueError` when the URL is none, or names a database other than SQLite and PostgreSQL.
        """
        blobs.mkdir(parents=True, exist_ok=True)
        return cls(_engine(_checked(url)).connect(), Blobs(blobs))._prepared()  # noqa: SLF001  its own kind

    @classmethod
    def create(cls) -> Self:
        """Make an empty store in memory, with a directory of its own that `close` removes."""
        scratch = TemporaryDirectory(prefix="fake-transcend-", ignore_cleanup_errors=True)
        blobs = Blobs(Path(scratch.name))
        return cls(_engine(_MEMORY).connect(), blobs, scratch=scratch)._prepared()  # noqa: SLF001  as above

    @classmethod
    def restore(cls, url: str, snapshot: Mapping[str, Sequence[Mapping[str, Any]]], blobs: Path) -> Self:
        """Fill an empty database with the rows of a snapshot; raise `ValueError` if it has rows."""
        store = cls.open(url, blobs)
        try:
            store._fill(snapshot)  # noqa: SLF001  its own kind
        except BaseException:
            store.close()
            raise
        return store

    def fork(self) -> Store:
        """Return an independent copy of all rows in memory; the blobs, which never change, are shared.

        The copy must not outlive the store it was made from when that store owns its directory (`create`).
        """
        with self._lock:
            if not self._is_sqlite:
                return Store.restore(_MEMORY, self._rows(), self.blobs.directory)
            copy = Store(_engine(_MEMORY).connect(), self.blobs)
            _driver(self._connection).backup(_driver(copy._connection))
            return copy

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Return every row of every table, by table name; JSON can hold it."""
        with self._lock:
            return self._rows()

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        with self.read() as rows:
            return {name: int(count) for name, count in rows.execute(_COUNTS).mappings().one().items()}

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hold the connection for reading; do not await inside."""
        with self._lock, self._connection.begin():
            yield self._connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction: all of it is kept, or, when the block raises, none; do not await inside."""
        with self._lock, self._connection.begin():
            if self._is_sqlite:
                self._connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield self._connection

    def close(self) -> None:
        """Let go of the database, and of the directory if it is this store's own."""
        with self._lock:
            self._connection.close()
            if self._scratch is not None:
                self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _is_sqlite(self) -> bool:
        return self._connection.dialect.name == "sqlite"

    def _prepared(self) -> Self:
        try:
            if self._connection.engine is _engine(_MEMORY):
                _driver(self._connection).deserialize(_empty())
            else:
                with self.write() as rows:
                    _make_tables(rows)
        except BaseException:
            self.close()
            raise
        return self

    def _rows(self) -> dict[str, list[dict[str, Any]]]:
        with self._connection.begin():
            return {
                table.name: [
                    dict(row) for row in self._connection.execute(select(table).order_by(*table.primary_key)).mappings()
                ]
                for table in tables.metadata.sorted_tables
            }

    def _fill(self, snapshot: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        with self.write() as rows:
            if rows.execute(select(tables.requests.c.id).limit(1)).first() is not None:
                raise ValueError("the database to restore into has rows already; name an empty one")
            rows.execute(tables.organization.delete())
            for table in tables.metadata.sorted_tables:
                if content := snapshot.get(table.name):
                    rows.execute(insert(table), [dict(row) for row in content])
            if not self._is_sqlite:
                _continue_sequences(rows)


def _make_tables(rows: Connection) -> None:
    tables.metadata.create_all(rows)
    if rows.execute(select(tables.organization.c.id)).first() is None:
        rows.execute(insert(tables.organization).values(id=1, is_paused=False))


@cache
def _empty() -> bytes:
    """An empty database as SQLite would write it: copied in 0.1 ms, where making its tables takes 3."""
    with _engine(_MEMORY).connect() as rows, rows.begin():
        _make_tables(rows)
        return _driver(rows).serialize()


def _continue_sequences(rows: Connection) -> None:
    for table in tables.APPEND_ONLY:
        sequence = f"pg_get_serial_sequence('{table.name}', 'seq')"
        highest = f"(SELECT max(seq) FROM {table.name})"  # noqa: S608  the names are our own tables'
        rows.execute(text(f"SELECT setval({sequence}, coalesce({highest}, 0) + 1, false)"))


def _checked(url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise ValueError("the database is not a URL such as sqlite:///transcend.db") from error
    if backend not in {"sqlite", "postgresql"}:
        raise ValueError(f"no support for {backend}; use sqlite:///FILE or postgresql+psycopg://…")
    return url


@cache
def _engine(url: str) -> Engine:
    """Forks share one engine and its compiled statements; each store has a connection of its own."""
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    arguments = {"check_same_thread": False, "isolation_level": None} if is_sqlite else {}
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ValueError("no driver for this database; use postgresql+psycopg and install 'psycopg'") from error
    if is_sqlite:
        event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("not a SQLite connection")
    return driver
