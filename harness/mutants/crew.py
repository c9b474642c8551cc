"""How many mutants are tried: each in a process of its own, some at a time; what crashes or hangs decides nothing."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from harness.mutants.trial import Fate, Trial
from harness.mutants.worker import ENDED

WORKER = (sys.executable, "-m", "harness.mutants")
LIMIT_S = 120.0
_LAST_WORDS = 200


class _Workshop:
    """One long-lived process that forks itself for each name it is told: what it has imported need not be again."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches the crew alone, which then ends its workers
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)

    def tried(self, name: str, limit_s: float) -> tuple[list[str], int | None]:
        """What was said while a mutant was tried, and how its process ended; raises `queue.Empty` past the limit."""
        with suppress(OSError):  # a workshop that is gone has said why
            assert self.process.stdin is not None  # noqa: S101  asked for above; tells mypy so
            self.process.stdin.write(f"{name}\n")
            self.process.stdin.flush()
        said: list[str] = []
        while (line := self._lines.get(timeout=limit_s)) is not None:
            if line.startswith(ENDED):
                return said, int(line.removeprefix(ENDED))
            said.append(line)
        return said, None

    def close(self) -> None:
        """End it and what it has forked."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass(slots=True)
class Crew:
    """Tells names to `command`, `jobs` at a time, each for at most `limit_s` seconds."""

    command: Sequence[str] = WORKER
    jobs: int = 2
    limit_s: float = LIMIT_S
    _idle: queue.SimpleQueue[_Workshop] = field(default_factory=queue.SimpleQueue)
    _live: set[_Workshop] = field(default_factory=set)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def run(self, names: Sequence[str]) -> Generator[Trial, None, None]:
        """Trials in the order of the names; ending early, or Ctrl-C, ends what was started."""
        with ThreadPoolExecutor(self.jobs, thread_name_prefix="mutant") as pool:
            try:
                yield from pool.map(self._one, names)
            finally:
                self._is_over.set()
                pool.shutdown(wait=False, cancel_futures=True)
                for workshop in tuple(self._live):
                    self._end(workshop)

    def _one(self, name: str) -> Trial:
        if self._is_over.is_set():
            return _inconclusive(name, "the run was ended before it")
        workshop = self._workshop()
        if self._is_over.is_set():  # the end came while it was being started
            self._end(workshop)
        try:
            said, code = workshop.tried(name, self.limit_s)
        except queue.Empty:
            self._end(workshop)
            return _inconclusive(name, f"it did not end within {self.limit_s:g} s")
        if code is None:
            self._end(workshop)
            code = workshop.process.returncode
        else:
            self._idle.put(workshop)
        return _heard(name, code, said)

    def _workshop(self) -> _Workshop:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            made = _Workshop(self.command)
            self._live.add(made)
            return made

    def _end(self, workshop: _Workshop) -> None:
        self._live.discard(workshop)
        workshop.close()


def _heard(name: str, code: int, said: Sequence[str]) -> Trial:
    try:
        return Trial.from_json(json.loads(said[-1]))
    except (IndexError, KeyError, TypeError, ValueError):
        words = ([line.strip() for line in said if line.strip()] or ["it said nothing"])[-1][:_LAST_WORDS]
        return _inconclusive(name, f"the harness ended with exit code {code}: {words}")


def _inconclusive(name: str, why: str) -> Trial:
    return Trial(name, Fate.INCONCLUSIVE, why)
