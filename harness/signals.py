"""Other handlers of Ctrl-C and SIGTERM, for as long as a block runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

Handler = Callable[[int, FrameType | None], object]

ENDINGS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handled_by(made_of: Callable[[Handler], Handler]) -> Iterator[None]:
    """Put a handler in the place of each of the program's own, made of it; only the main thread hears any.

    A signal that is ignored, or left to the system, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: handler for number in ENDINGS if callable(handler := signal.getsignal(number))}
    ours = {number: made_of(handler) for number, handler in before.items()}
    for number, handler in ours.items():
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in ours.items():
            if signal.getsignal(number) is handler:
                signal.signal(number, before[number])
