"""Work in a thread of its own whose end may be waited for, and the waiting broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """A daemon thread, started at once; safe to ask from any thread.

    Not `Thread.join`: where a Ctrl-C breaks off a join, CPython up to 3.12 takes the thread for ended while it goes on
    (`_wait_for_tstate_lock` releases a lock that the thread still holds), and everybody after that believes it.
    """

    def __init__(self, work: Callable[[], object], *, name: str | None = None) -> None:
        self._work = work
        self._has_ended = threading.Event()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._has_ended.set()

    def lives(self) -> bool:
        """Whether the work goes on."""
        return not self._has_ended.is_set()

    def ends(self, *, within_s: float | None = None) -> bool:
        """Wait for the end of the work, for so many seconds or as long as it takes; whether it came."""
        return self._has_ended.wait(within_s)
