"""How a file that a command line names is fetched whole: bounded in size and in time, whatever kind of file it is.

Secrets are best given through a pipe (`--after <(sops --decrypt after.env)`), so a pipe is read; one that nobody
writes to must not hold the program up.
"""

from __future__ import annotations

import os
import select
import stat
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20
_NO_WRITER_S: Final = 2.0
_SILENT_S: Final = 30.0


class NothingComes(OSError):
    """A pipe that nobody writes to, or whose writer keeps silent; `strerror` says which."""


def fetch(path: str | Path, *, limit: int, no_writer_s: float = _NO_WRITER_S, silent_s: float = _SILENT_S) -> bytes:
    """The content, cut off one byte after `limit`; raises OSError, or ValueError for what is no path."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _read(descriptor, limit)
        return _read_as_it_comes(descriptor, limit, no_writer_s, silent_s)
    finally:
        os.close(descriptor)


def _read(descriptor: int, limit: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        return stream.read(limit + 1)


def _read_as_it_comes(descriptor: int, limit: int, no_writer_s: float, silent_s: float) -> bytes:
    """Until its end; a pipe that nobody has opened for writing yet looks ended, so an early end is waited for."""
    found = bytearray()
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    may_be_early = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    while len(found) <= limit:
        try:
            chunk = os.read(descriptor, min(_CHUNK, limit + 1 - len(found)))
        except BlockingIOError:
            may_be_early = False
            if not ready.poll(silent_s * 1000):
                raise NothingComes(0, f"whoever writes to it said nothing for {silent_s:g} s") from None
            continue
        found += chunk
        if not chunk and not may_be_early:
            break
        if not chunk and not ready.poll(no_writer_s * 1000):
            raise NothingComes(0, "a pipe that nobody writes to")
        may_be_early = False
    return bytes(found)
