"""Where runs lie on disk: a folder a run, its history written ahead, everything else written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NoReturn, Self

from harness.history import History

HISTORY, RUN, REPORT, JUNIT = "history.jsonl", "run.json", "report.html", "junit.xml"

_UNSAFE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_TRIES = 1000
_ACTIONS = {
    errno.ENOSPC: "free some space, or name another folder with --out",
    errno.EDQUOT: "free some space, or name another folder with --out",
    errno.EACCES: "name a folder you may write to with --out",
    errno.EPERM: "name a folder you may write to with --out",
    errno.EROFS: "name a folder you may write to with --out",
    errno.ENOTDIR: "a part of this path is a file; name a folder with --out",
    errno.EEXIST: "this is a file; name a folder with --out",
}


class StoreError(Exception):
    """A run could not be kept or found: what, where, and what to do; the command line exits with 2."""

    def __init__(self, what: str, *, where: str, action: str) -> None:
        super().__init__(f"{where}: {what}; {action}")
        self.what, self.where, self.action = what, where, action


class Journal(io.TextIOWrapper):
    """The open `history.jsonl`: a failed write raises `StoreError`, and so does every write after it."""

    def __init__(self, stream: BinaryIO, *, where: Path) -> None:
        super().__init__(stream, encoding="utf-8", errors="backslashreplace", newline="\n")
        self._where = where
        self._broken: OSError | None = None

    def write(self, text: str) -> int:
        """Write, or raise `StoreError`."""
        if self._broken is not None:
            self._stop(self._broken)
        try:
            return super().write(text)
        except OSError as error:
            self._stop(error)

    def flush(self) -> None:
        """Hand everything to the file, or raise `StoreError` once; a broken journal has nothing to flush."""
        if self._broken is not None:
            return
        try:
            super().flush()
        except OSError as error:
            self._stop(error)

    def close(self) -> None:
        """Close; what could not be written has been reported already."""
        with suppress(OSError, StoreError):
            super().close()

    def _stop(self, error: OSError) -> NoReturn:
        self._broken = error
        raise _store_error(error, self._where, kept=self._where) from error


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`<out>/<scenario>/<time>/` of one run; use it as a context, or `close` it."""

    path: Path
    journal: Journal | None = field(default=None, repr=False)

    @classmethod
    def create(cls, out: Path, scenario: str, *, now: datetime) -> RunFolder:
        """Make a new folder and open its history; raises `StoreError`. Two runs of one second do not collide."""
        parent = out / folder_name(scenario)
        try:
            parent.mkdir(parents=True, exist_ok=True)
            path = _new_folder(parent, now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"))
            journal = Journal((path / HISTORY).open("xb"), where=path / HISTORY)
        except OSError as error:
            raise _store_error(error, Path(error.filename or parent)) from error
        return cls(path, journal)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """A stored run, by its folder or a file in it; raises `StoreError` when there is none."""
        folder = path if path.is_dir() else path.parent
        if not path.exists() or not any((folder / name).is_file() for name in (RUN, HISTORY)):
            raise StoreError(
                f"holds no stored run ({RUN}, {HISTORY})", where=str(path), action="name the folder of a run"
            )
        return cls(folder)

    def write(self, name: str, text: str) -> Path:
        """Write a file whole or not at all; raises `StoreError`, and what was there before stays."""
        target, part = self.path / name, self.path / f".{name}.part"
        try:
            with part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise _store_error(error, target, kept=self.path / HISTORY) from error
        return target

    def keep(self, texts: Mapping[str, str]) -> None:
        """Write several files in order; raises `StoreError` at the first that cannot be."""
        for name, text in texts.items():
            self.write(name, text)

    def history(self) -> History:
        """The stored history; raises `StoreError` when it is missing or unreadable."""
        where = self.path / HISTORY
        try:
            return History.read(where)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "its lines are no events"
            raise StoreError(
                f"cannot be read: {reason}", where=str(where), action="name the folder of a run"
            ) from error

    def close(self) -> None:
        """Close the history."""
        if self.journal is not None:
            self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def folder_name(scenario: str) -> str:
    """A scenario's name as the name of one folder: no separators, no leading dots, never empty."""
    return _UNSAFE_NAME.sub("-", scenario).strip(".-")[:100] or "scenario"


def _new_folder(parent: Path, name: str) -> Path:
    for number in range(1, _TRIES):
        path = parent / (name if number == 1 else f"{name}-{number}")
        with suppress(FileExistsError):
            path.mkdir()
            return path
    raise FileExistsError(errno.EEXIST, "too many runs in one second", str(parent / name))


def _store_error(error: OSError, where: Path, *, kept: Path | None = None) -> StoreError:
    action = _ACTIONS.get(error.errno or 0, "name another folder with --out")
    if kept is not None:
        action += f"; what was recorded so far is in {kept}"
    return StoreError(f"cannot be written: {error.strerror or 'the write failed'}", where=str(where), action=action)
