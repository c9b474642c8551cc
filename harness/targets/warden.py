"""What becomes of a world whose owner was killed: a process beside it that outlives the owner, and then cleans up.

The owner tells its warden what it started, over a pipe. Whoever ends the owner, however hard, closes the pipe: then
the warden stops what is still there and removes the folders, which hold keys. Run as a file, it needs nothing but
the standard library and is up in milliseconds.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

_GRACE_S = 6.0  # a service finishes what is in flight in five
_LOOK_S = 0.05


@dataclass(slots=True)
class Warden:
    """The owner's end of the pipe."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls) -> Warden:
        """Start a warden in a session of its own, where no signal of a terminal or a supervisor reaches it."""
        command = (sys.executable, "-I", "-S", __file__)
        quiet = subprocess.DEVNULL
        return cls(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, text=True, start_new_session=True
            )
        )

    def watch(self, pid: int) -> None:
        """A process, and the group it leads, is to end with its owner."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """A process has ended; its number may soon be another's."""
        self._tell(f"-{pid}")

    def inherit(self, folder: str) -> None:
        """A folder is to be removed with its owner."""
        self._tell(f"/{folder}")

    def dismiss(self) -> None:
        """Everything was stopped in good order."""
        self._tell("dismissed")
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        self.process.wait()

    def _tell(self, line: str) -> None:
        if self.process.stdin is not None and not self.process.stdin.closed:
            with suppress(BrokenPipeError):  # a warden that was killed guards nobody
                self.process.stdin.write(line + "\n")
                self.process.stdin.flush()


def keep(lines: Iterable[str]) -> None:
    """Listen to the owner until it is silent, then end what it left."""
    pids: dict[int, None] = {}
    folders: list[str] = []
    for line in lines:
        kind, rest = line[:1], line[1:].rstrip("\n")
        if kind == "+":
            pids[int(rest)] = None
        elif kind == "-":
            pids.pop(int(rest), None)
        elif kind == "/":
            folders.append(rest)
        else:
            return
    end(pids)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def end(pids: Iterable[int]) -> None:
    """SIGTERM to each group, SIGKILL to those that are there after the grace."""
    left = [pid for pid in pids if _signalled(pid, signal.SIGTERM)]
    deadline = time.monotonic() + _GRACE_S
    while left and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        left = [pid for pid in left if _signalled(pid, 0) and not _is_zombie(pid)]
    for pid in left:
        _signalled(pid, signal.SIGKILL)


def _signalled(group: int, number: int) -> bool:
    """Whether there was anybody to hear it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _is_zombie(pid: int) -> bool:
    """Whether it has ended and only its number is left, which whoever adopted it may never collect."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123  without pathlib
            return stat.read().rpartition(") ")[2].startswith("Z")
    except OSError:
        return False


if __name__ == "__main__":
    keep(sys.stdin)
