"""Where failing walks are remembered: a folder, or a Redis that answers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.extra.redis import RedisExampleDatabase
from redis import Redis

from harness.explore.database import BadDatabase, database_at


def test_a_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    database = database_at(str(tmp_path / "walks"))
    database.save(b"key", b"a walk")

    assert isinstance(database, DirectoryBasedExampleDatabase)
    assert list(database_at(str(tmp_path / "walks")).fetch(b"key")) == [b"a walk"]


def test_whether_a_folder_can_be_written_is_tried_with_a_name_that_nobody_else_uses(tmp_path: Path) -> None:
    """Workers of one run look at the same folder at the same moment; one of them took the other's file away."""
    others = tmp_path / ".writable"
    others.write_bytes(b"of another worker")

    database_at(str(tmp_path))

    assert list(tmp_path.iterdir()) == [others]


def test_a_redis_that_answers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redis, "ping", lambda self: True)

    assert isinstance(database_at("redis://127.0.0.1:6379/0"), RedisExampleDatabase)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("redis://127.0.0.1:1/0", "no Redis answers at that address"),
        ("redis://:secret@127.0.0.1:1/0", "no Redis answers at that address"),
        ("redis://127.0.0.1:port/0", "no Redis answers at that address"),
        ("postgres://127.0.0.1/walks", "postgres:// is no database here"),
        ("/dev/null/walks", "cannot be written"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_with_what_to_do(place: str, said: str) -> None:
    with pytest.raises(BadDatabase, match=said) as refused:
        database_at(place)

    assert "secret" not in str(refused.value)


def test_without_its_client_a_redis_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "hypothesis.extra.redis", raising=False)

    with pytest.raises(BadDatabase, match=r"pip install 'sombra-rehearsal\[redis\]'"):
        database_at("redis://127.0.0.1:6379/0")
