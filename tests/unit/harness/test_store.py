"""The run store: written ahead, written whole, and clear about what it could not do."""

from __future__ import annotations

import errno
import io
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from harness.history import History
from harness.report.document import load
from harness.report.formats import kept_files
from harness.store import HISTORY, REPORT, RUN, Journal, RunFolder, StoreError, folder_name
from tests.unit.harness.report.sample import go_run, history

NOW = datetime(2026, 3, 4, 9, 15, 2, tzinfo=UTC)


class FullDisk(io.BytesIO):
    """A file on a disk that takes so many bytes and then no more."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: object) -> int:
        size = len(memoryview(data))  # type: ignore[arg-type] # the stream hands bytes
        if self.tell() + size > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)  # type: ignore[arg-type] # as above


def test_a_run_has_its_own_folder_with_an_open_history(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "runs", "guide", now=NOW) as folder:
        History(journal=folder.journal).append("trunk", "booted", accepted=True)
        seen = History.read(folder.path / HISTORY)

    assert folder.path == tmp_path / "runs" / "guide" / "20260304T091502Z"
    assert [event.kind for event in seen] == ["booted"]


def test_the_folder_is_named_in_utc(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "guide", now=NOW.astimezone(timezone(timedelta(hours=9)))) as folder:
        assert folder.path.name == "20260304T091502Z"


def test_runs_of_one_second_do_not_collide(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        with RunFolder.create(tmp_path, "guide", now=NOW) as folder:
            names.append(folder.path.name)

    assert names == ["20260304T091502Z", "20260304T091502Z-2", "20260304T091502Z-3"]


@pytest.mark.parametrize("scenario", ["../../etc", "/abs", "..", "a/b\\c", "", "\x00", "x" * 400, "-flag"])
def test_no_scenario_name_leaves_the_out_folder(scenario: str, tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, scenario, now=NOW) as folder:
        assert folder.path.parent.parent == tmp_path

    assert folder_name("guide") == "guide"


def test_a_stored_run_can_be_opened_by_folder_or_file(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "guide", now=NOW) as folder:
        folder.keep(kept_files(go_run(), history()))

    for path in (folder.path, folder.path / RUN, folder.path / HISTORY):
        assert load(RunFolder.open(path).path / RUN) == go_run()
    assert sorted(each.name for each in folder.path.iterdir()) == [HISTORY, "junit.xml", REPORT, RUN]


@pytest.mark.parametrize("name", ["", "missing", "missing/run.json", "other.txt"])
def test_what_is_no_stored_run_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("x")

    with pytest.raises(StoreError, match="no stored run"):
        RunFolder.open(tmp_path / name)


def test_an_out_that_is_a_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("I am a file")

    with pytest.raises(StoreError, match="--out") as refusal:
        RunFolder.create(tmp_path / "runs", "guide", now=NOW)

    assert str(tmp_path / "runs") in refusal.value.where


def test_a_scenario_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "guide").write_text("I am a file")

    with pytest.raises(StoreError, match="this is a file"):
        RunFolder.create(tmp_path, "guide", now=NOW)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_an_unwritable_folder_is_refused_with_what_to_do(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(StoreError, match="name a folder you may write to with --out") as refusal:
        RunFolder.create(tmp_path / "runs", "guide", now=NOW)

    assert os.strerror(number) in refusal.value.what


def test_a_full_disk_stops_the_history_and_keeps_what_was_recorded() -> None:
    disk = FullDisk(room=200)
    recorded = History(journal=Journal(disk, where=Path("runs/x/history.jsonl")), clock=lambda: 0.0)
    recorded.append("trunk", "booted", accepted=True)

    with pytest.raises(StoreError, match="free some space") as refusal:
        recorded.append("trunk", "probe", cause="wrong_provider" * 20)

    assert "runs/x/history.jsonl" in str(refusal.value)
    assert [event.kind for event in History.from_lines(disk.getvalue().decode().splitlines())] == ["booted"]


def test_a_broken_history_takes_nothing_more_and_can_be_closed() -> None:
    disk = FullDisk(room=0)
    journal = Journal(disk, where=Path("history.jsonl"))
    recorded = History(journal=journal)

    for _ in range(2):
        with pytest.raises(StoreError):
            recorded.append("trunk", "probe")
    disk.room = 10_000
    with pytest.raises(StoreError):
        recorded.append("trunk", "probe")
    journal.close()

    assert journal.closed


def test_the_real_full_device_is_reported() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    journal = Journal(Path("/dev/full").open("wb"), where=Path("/dev/full"))  # noqa: SIM115 - the journal closes it
    recorded = History(journal=journal)

    with pytest.raises(StoreError, match="No space left"):
        recorded.append("trunk", "probe")
    journal.close()

    assert journal.closed


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RunFolder.create(tmp_path, "guide", now=NOW) as folder:
        folder.write(RUN, "old")

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="what was recorded so far is in") as refusal:
            folder.write(RUN, "new")

    assert refusal.value.where.endswith(RUN)
    assert (folder.path / RUN).read_text() == "old"
    assert sorted(each.name for each in folder.path.iterdir()) == [HISTORY, RUN]


def test_a_lone_surrogate_can_be_stored(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "guide", now=NOW) as folder:
        path = folder.write(REPORT, "a\ud800b")

    assert path.read_bytes() == b"a\\ud800b"


def test_the_stored_history_can_be_read_again(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "guide", now=NOW) as folder:
        History(journal=folder.journal).append("trunk", "booted")

    assert [event.kind for event in RunFolder.open(folder.path).history()] == ["booted"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[]\n", b'{"n": 1}\n'])
def test_a_history_of_something_else_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / HISTORY).write_bytes(content)

    with pytest.raises(StoreError, match="its lines are no events"):
        RunFolder.open(tmp_path).history()
