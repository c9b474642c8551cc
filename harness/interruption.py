"""What Ctrl-C and SIGTERM do to the program: they end it, wherever it is, and never where that would do harm.

CPython raises what a handler raises between any two steps of the main thread. There are places where that is lost,
comes out as another error, or leaves a lock that nobody will ever let go: there it is put off until they are passed.
"""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from harness.signals import ENDINGS

_SOON_S = 0.01  # after which a signal that was put off is heard again
_WAITING = {"wait_for", "join", "_wait_for_tstate_lock"}  # in threading; `wait` apart, all else there is over at once


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does, with nothing left behind; a signal that was ignored stays so."""
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in ENDINGS if is_main}
    ours = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in ours:
        signal.signal(number, _interrupted)
    try:
        yield
    finally:
        # Where a Ctrl-C breaks off text that is executed, which is how @dataclass works, CPython dies of it at its end,
        # whatever was returned, unless text was executed since then.
        exec("")  # noqa: S102
        if is_main:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in ours.items():
            if signal.getsignal(number) is _interrupted:  # else the program is about to end
                signal.signal(number, handler or signal.SIG_DFL)


def _interrupted(number: int, frame: FrameType | None) -> None:
    """End the run; whoever asks again, and again, does not disturb the stopping.

    A module is loaded to its end first: what is raised in one may be lost, or come out as an error of another kind
    (CPython turns whatever `__set_name__` raises into a RuntimeError). And a lock changes hands first.
    """
    if _is_loading(frame) or _is_locking(frame):
        _interrupt_soon(number)
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    for each in ENDINGS:
        signal.signal(each, signal.SIG_IGN)
    sys.unraisablehook = _unheard
    warnings.simplefilter("ignore")  # a coroutine that is let go half done would say so with a warning
    raise KeyboardInterrupt


def _interrupt_soon(number: int) -> None:
    signal.signal(number, _interrupted)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    # Again and again: one that comes just before the thread falls asleep is heard when it wakes.
    signal.setitimer(signal.ITIMER_REAL, _SOON_S, _SOON_S)


def _unheard(lost: Any) -> None:
    """What is raised while something is let go reaches nobody: an interruption comes again, anything else is silent.

    Else an event loop that was half made would say so with a traceback.
    """
    if issubclass(lost.exc_type, KeyboardInterrupt):
        _interrupt_soon(signal.SIGINT)


def _is_loading(frame: FrameType | None) -> bool:
    """Whether a module is being imported where the signal came."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


def _is_locking(frame: FrameType | None) -> bool:
    """Whether a lock of `threading` was being taken or let go where the signal came.

    Its conditions are written in Python: what is raised when one has the lock and its `with` does not know it yet keeps
    that lock for ever, and a thread that is to bring the answer of a call waits for it as long.
    """
    while frame is not None and frame.f_code.co_filename == __file__:  # a signal that is heard again
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename != threading.__file__:
        return False
    if frame.f_code.co_name == "wait":
        return "saved_state" not in frame.f_locals  # what it has let go, and takes again however its waiting ends
    return frame.f_code.co_name not in _WAITING
