"""Rows on SQLite in memory, SQLite on disk and PostgreSQL: the same tests for all three."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from fake_sombra.transcend import files, identifiers, integrations, organization, requests, tables
from fake_sombra.transcend.store import Store

_DETAILS = {"coreIdentifier": "core-é", "email": None, "attributeValues": [{"name": "one"}]}


def _seed(store: Store, request_id: str = "r1") -> None:
    with store.write() as rows:
        requests.add(rows, request_id, details=_DETAILS, kind="ACCESS", at=1.5)
        requests.add_context(rows, request_id, context_id=f"{request_id}-c1", token="h.p.s", at=1.5)
        integrations.put(rows, f"{request_id}-silo", title="CRM", at=1.0)
        integrations.add_context(rows, f"{request_id}-silo", context_id=f"{request_id}-i1", token="h.i.s", at=1.0)
        identifiers.add(rows, request_id, set_id=f"{request_id}-s1", token="h.p.s", sealed="c2VhbGVk", at=2.0)
        organization.add_consent(rows, f"{request_id}-k1", encrypted="abc", at=2.0)
        organization.add_sync(
            rows,
            organization.Sync("gw", "org", "h.j.s", "local", [{"keyType": "K", "canaries": []}]),
            at=3.0,
        )
        files.add(
            rows,
            f"{request_id}-f1",
            request_id=request_id,
            context_id=f"{request_id}-c1",
            label=files.Label("a.json", "text/plain", "iv", f"{request_id}-silo"),
            sealed=(store.blobs.add(b"cipher"), 6, "tag"),
            at=2.5,
        )


def _statuses(store: Store) -> list[str]:
    with store.read() as rows:
        return list(rows.execute(select(tables.requests.c.status)).scalars())


class _BreakOffError(Exception):
    """Ends a transaction in the middle."""


def _cancel_and_break_off(store: Store) -> None:
    with store.write() as rows:
        requests.set_status(rows, "r1", "CANCELED")
        raise _BreakOffError


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    _seed(store)

    with pytest.raises(_BreakOffError):
        _cancel_and_break_off(store)

    assert _statuses(store) == ["REQUEST_MADE"]
    with store.write() as rows:
        requests.set_status(rows, "r1", "CANCELED")
    assert _statuses(store) == ["CANCELED"]


def test_a_row_cannot_belong_to_nothing(store: Store) -> None:
    row = {"id": "c1", "request_id": "nobody", "token": "t", "created_at": 1.0}

    with pytest.raises(IntegrityError), store.write() as rows:
        rows.execute(insert(tables.contexts).values(row))

    assert store.counts()["contexts"] == 0


def test_what_is_stored_is_there_after_closing_and_opening(tmp_path: Path, database: str) -> None:
    if database == "sqlite://":
        database = f"sqlite:///{tmp_path}/second.db"
    with Store.open(database, tmp_path / "blobs") as store:
        _seed(store)
        before = store.snapshot()

    with Store.open(database, tmp_path / "blobs") as store:
        assert store.snapshot() == before
        assert before["requests"][0]["details"] == _DETAILS


def test_a_fork_and_its_source_know_nothing_of_each_other(store: Store) -> None:
    _seed(store)
    before = store.snapshot()

    with store.fork() as fork:
        assert fork.snapshot() == before
        _seed(fork, "r2")
        with store.write() as rows:
            requests.set_status(rows, "r1", "CANCELED")

        assert _statuses(fork) == ["REQUEST_MADE", "REQUEST_MADE"]
        assert _statuses(store) == ["CANCELED"]
        assert fork.blobs.directory == store.blobs.directory


def test_a_fork_can_be_forked_and_made_in_another_thread(store: Store) -> None:
    _seed(store)
    made: list[Store] = []

    thread = threading.Thread(target=lambda: made.append(store.fork()))
    thread.start()
    thread.join()

    with made[0] as fork, fork.fork() as second:
        _seed(second, "r2")
        assert (fork.counts()["requests"], second.counts()["requests"]) == (1, 2)


def test_a_snapshot_is_json_and_restores_to_the_same_rows(store: Store, tmp_path: Path) -> None:
    _seed(store)
    snapshot = json.loads(json.dumps(store.snapshot()))

    with Store.restore("sqlite://", snapshot, tmp_path / "blobs") as restored:
        assert restored.snapshot() == store.snapshot()
        _seed(restored, "r2")
        assert restored.counts()["contexts"] == 2


def test_a_restored_database_goes_on_counting_where_the_snapshot_stopped(database: str, tmp_path: Path) -> None:
    with Store.create() as source:
        _seed(source)
        snapshot = source.snapshot()

    with Store.restore(database, snapshot, tmp_path / "blobs") as restored:
        _seed(restored, "r2")

        assert [row["seq"] for row in restored.snapshot()["contexts"]] == [1, 2]


def test_only_an_empty_database_is_restored_into(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/used.db"
    with Store.open(url, tmp_path / "blobs") as store:
        _seed(store)
        snapshot = store.snapshot()

    with pytest.raises(ValueError, match="empty"):
        Store.restore(url, snapshot, tmp_path / "blobs")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("no url", "not a URL"),
        ("mysql://host/db", "no support for mysql"),
        ("postgresql+nosuch://host/db", "driver"),
    ],
)
def test_another_database_is_refused_with_the_reason(url: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        Store.open(url, tmp_path)


def test_a_store_in_memory_takes_its_directory_with_it() -> None:
    store = Store.create()
    name = store.blobs.add(b"cipher")
    assert store.blobs.read(name) == (6, b"cipher")

    store.close()

    assert not store.blobs.directory.exists()


def test_sqlite_keeps_a_log_and_foreign_keys_on_disk(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/x.db", tmp_path) as store, store.read() as rows:
        assert rows.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert rows.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
