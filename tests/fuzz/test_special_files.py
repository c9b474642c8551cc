"""What is no plain file: folders, pipes, devices, links in a ring, files nobody may read.

Nothing hangs, nothing ends in a traceback, and a pipe that somebody writes to is read like a file (the law).
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.fetching import NothingComes, fetch
from tests.fuzz.law import obeys
from tests.fuzz.rows import READERS, Reader

_SOON_S = 10.0

each_reader = pytest.mark.parametrize("reader", READERS, ids=str)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe without a writer is given up at once: that it is given up is what is tested here."""
    monkeypatch.setattr("harness.fetching.fetch.__kwdefaults__", {"no_writer_s": 0.01, "silent_s": 0.2})


def _a_folder(path: Path) -> None:
    path.mkdir()


def _a_pipe(path: Path) -> None:
    os.mkfifo(path)


def _a_ring_of_links(path: Path) -> None:
    path.symlink_to(path)


def _a_link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("absent"))


def _an_endless_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _an_empty_device(path: Path) -> None:
    path.symlink_to("/dev/null")


def _a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))


def _nothing_at_all(_: Path) -> None:
    """The path names nothing."""


def _what_the_kernel_tells(path: Path) -> None:
    path.symlink_to("/proc/self/mem")


MAKERS: tuple[Callable[[Path], None], ...] = (
    _a_folder, _a_pipe, _a_ring_of_links, _a_link_to_nothing, _an_endless_device, _an_empty_device, _a_socket,
    _nothing_at_all, _what_the_kernel_tells,
)  # fmt: skip


@pytest.mark.gate
@each_reader
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__.lstrip("_"))
def test_what_is_no_file_obeys_the_law(reader: Reader, make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / f"under-test{reader.suffix}"
    make(path)

    found = obeys(reader.arguments(path))

    assert found.took_s < _SOON_S


@each_reader
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_nobody_may_read_is_told(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / f"under-test{reader.suffix}"
    path.write_bytes(reader.valid())
    path.chmod(0)

    assert obeys(reader.arguments(path)).code == 2


@each_reader
@pytest.mark.gate
@pytest.mark.parametrize("name", ["\n", "x" * 300, "é", "\udcff", " ", "-", "--", "a\x1b[2J"])
def test_odd_paths_obey_the_law(reader: Reader, name: str, tmp_path: Path) -> None:
    obeys(reader.arguments(tmp_path / name))


def _write(path: Path, pieces: list[bytes], began: threading.Event) -> None:
    with path.open("wb", buffering=0) as pipe:
        began.set()
        for each in pieces:
            pipe.write(each)


@pytest.mark.parametrize("pieces", [[b"A=b\n"], [b"A=", b"b\n" * 20_000]], ids=["one", "many"])
def test_a_pipe_is_read_to_its_end(tmp_path: Path, pieces: list[bytes]) -> None:
    path, began = tmp_path / "pipe", threading.Event()
    os.mkfifo(path)
    keeper = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # so that the writer need not wait for a reader
    writer = threading.Thread(target=_write, args=(path, pieces, began))
    writer.start()
    began.wait(5)

    content = fetch(path, limit=1 << 20, no_writer_s=2.0, silent_s=2.0)

    writer.join(5)
    os.close(keeper)
    assert content == b"".join(pieces)


def test_a_pipe_whose_writer_comes_late_is_read(tmp_path: Path) -> None:
    path, began = tmp_path / "pipe", threading.Event()
    os.mkfifo(path)
    writer = threading.Timer(0.05, _write, (path, [b"A=b\n"], began))
    writer.start()

    assert fetch(path, limit=100, no_writer_s=5.0) == b"A=b\n"

    writer.join(5)


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    began = time.monotonic()

    with pytest.raises(NothingComes, match="nobody writes"):
        fetch(path, limit=100, no_writer_s=0.05)

    assert time.monotonic() - began < _SOON_S


def test_a_pipe_whose_writer_keeps_silent_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    holder = os.open(path, os.O_RDWR)

    with pytest.raises(NothingComes, match=r"said nothing for 0\.05 s"):
        fetch(path, limit=100, silent_s=0.05)

    os.close(holder)


def test_no_more_is_read_than_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 1000)

    assert fetch(tmp_path / "file", limit=10) == b"x" * 11
    assert fetch("/dev/zero", limit=10) == b"\0" * 11


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(OSError, match="directory"):
            fetch(tmp_path, limit=10)

    assert len(list(Path("/proc/self/fd").iterdir())) == before
