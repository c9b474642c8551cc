"""The databases every store test runs on, and a world over a fresh store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from fake_sombra.transcend.store import Store
from tests.unit.fake_sombra.transcend.world import World

_POSTGRES = "SOMBRA_REHEARSAL_TEST_POSTGRES"


@pytest.fixture(params=["memory", "file", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty database; PostgreSQL only where the environment names a server."""
    if request.param == "memory":
        yield "sqlite://"
    elif request.param == "file":
        yield f"sqlite:///{tmp_path}/transcend.db"
    elif server := os.environ.get(_POSTGRES):
        yield from _schema(server)
    else:
        pytest.skip(f"{_POSTGRES} is unset: the store is NOT tested on PostgreSQL; name a server by URL")


@pytest.fixture
def store(database: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store on each database in turn."""
    with Store.open(database, tmp_path / "blobs") as store:
        yield store


@pytest.fixture
def world() -> Iterator[World]:
    """A stand-in over an empty store in memory."""
    with Store.create() as store:
        yield World(store)


def _schema(server: str) -> Iterator[str]:
    name = f"standin_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
        try:
            yield f"{server}{'&' if '?' in server else '?'}options={quote(f'-csearch_path={name}')}"
        finally:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()
