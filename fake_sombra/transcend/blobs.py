"""Where ciphertexts lie: immutable files in one directory, whole or not there at all.

Forks of a store share the directory, so nothing here is ever changed or removed once it has its name.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

CHUNK: Final = 1 << 20
"""Bytes of a large blob that are in memory at a time."""

TAG_BYTES: Final = 16


def _random_name() -> str:
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Blobs:
    """A directory of ciphertexts; `name` gives each new one a name that no fork can give again."""

    directory: Path
    name: Callable[[], str] = _random_name

    @contextmanager
    def draft(self) -> Iterator[Draft]:
        """Receive one sealed body; what is not kept by the end of the block leaves nothing behind."""
        name = self.name()
        part = self.directory / f".{name}.part"
        try:
            with part.open("xb") as file:
                yield Draft(file, part, self.directory / name)
        finally:
            part.unlink(missing_ok=True)

    def add(self, content: bytes) -> str:
        """Store a ciphertext without its tag and return its name."""
        with self.draft() as draft:
            draft.write(content + bytes(TAG_BYTES))
            return draft.keep().name

    def path(self, name: str) -> Path:
        """Return the file that holds a ciphertext."""
        return self.directory / name

    def size(self, name: str) -> int:
        """Return a ciphertext's length in bytes."""
        return self.path(name).stat().st_size

    def read(self, name: str) -> tuple[int, bytes | Generator[bytes]]:
        """Return a ciphertext's length and its bytes: at once when small, else as a generator of chunks."""
        file = self.path(name).open("rb", buffering=0)
        try:
            first = file.read(CHUNK + 1)
            if len(first) <= CHUNK:
                return len(first), first
            size = self.size(name)
        finally:
            file.close()
        return size, _chunks(self.path(name))


class Draft:
    """A sealed body on its way in; the last sixteen bytes seen are its tag, and stay out of the file."""

    def __init__(self, file: BinaryIO, part: Path, final: Path) -> None:
        self._file = file
        self._part = part
        self._final = final
        self.tag = b""
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Take the next bytes of ciphertext‖tag."""
        waiting = self.tag + chunk
        self.tag = waiting[-TAG_BYTES:]
        ready = memoryview(waiting)[: max(0, len(waiting) - TAG_BYTES)]
        self._file.write(ready)
        self.size += len(ready)

    def keep(self) -> Path:
        """Give the ciphertext its name; from now on it never changes."""
        self._file.flush()
        if self._final.exists():
            raise FileExistsError(f"a ciphertext named {self._final.name} exists already; names are given once")
        self._part.rename(self._final)
        return self._final

    def drop(self) -> None:
        """Remove a kept ciphertext whose row could not be committed."""
        self._final.unlink(missing_ok=True)


def _chunks(path: Path) -> Generator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            yield chunk
