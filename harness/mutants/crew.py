"""How many mutants are tried: each in a process of its own, some at a time; what crashes or hangs decides nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from harness.mutants.trial import Fate, Trial

WORKER = (sys.executable, "-m", "harness.mutants")
LIMIT_S = 120.0
_LAST_WORDS = 200


@dataclass(slots=True)
class Crew:
    """Runs `command NAME` for each mutant, `jobs` at a time, each for at most `limit_s` seconds."""

    command: Sequence[str] = WORKER
    jobs: int = 2
    limit_s: float = LIMIT_S
    _live: set[subprocess.Popen[str]] = field(default_factory=set)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def run(self, names: Sequence[str]) -> Generator[Trial, None, None]:
        """Trials in the order of the names; ending early, or Ctrl-C, ends what was started."""
        with ThreadPoolExecutor(self.jobs, thread_name_prefix="mutant") as pool:  # its threads bury their workers
            try:
                yield from pool.map(self._one, names)
            finally:
                self._is_over.set()
                pool.shutdown(wait=False, cancel_futures=True)
                for process in tuple(self._live):
                    process.kill()

    def _one(self, name: str) -> Trial:
        if self._is_over.is_set():
            return _inconclusive(name, "the run was ended before it")
        process = subprocess.Popen(
            (*self.command, name),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the crew alone, which then ends its workers
        )
        self._live.add(process)
        if self._is_over.is_set():  # the end came while it was being started
            process.kill()
        try:
            said, complained = process.communicate(timeout=self.limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return _inconclusive(name, f"it did not end within {self.limit_s:g} s")
        finally:
            self._live.discard(process)
        return _heard(name, process.returncode, said, complained)


def _heard(name: str, code: int, said: str, complained: str) -> Trial:
    try:
        return Trial.from_json(json.loads(said.splitlines()[-1]))
    except (IndexError, KeyError, TypeError, ValueError):
        words = (complained.strip().splitlines() or ["it said nothing"])[-1][:_LAST_WORDS]
        return _inconclusive(name, f"the harness ended with exit code {code}: {words}")


def _inconclusive(name: str, why: str) -> Trial:
    return Trial(name, Fate.INCONCLUSIVE, why)
