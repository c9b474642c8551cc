"""Where the coroutines of a world run: in a thread of their own, or in the thread that asks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any, TypeVar, TypeVarTuple, Unpack, cast

from harness.background import Background

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class LoopThread:
    """An event loop for what is served or goes over sockets; `run` may be called from any thread but its own.

    Not for speed: a Ctrl-C is raised in the main thread, and aiohttp takes whatever is raised in its parser for a
    broken answer. Here it meets the one who waits.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Background(self._loop.run_forever, name="rehearsal-wire")

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Set a coroutine going."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and return what it returned."""
        return self.begin(work).result()

    def close(self) -> None:
        """End the loop and its thread."""
        if self._loop.is_closed():
            return
        self.run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.ends()
        self._loop.close()


class _OneThread(asyncio.SelectorEventLoop):
    """An event loop whose blocking calls run where they stand: one order, always the same."""

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run the function now."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whatever it was belongs to whoever awaits it
            done.set_exception(error)
        return done


class Here:
    """An event loop that runs in the thread that asks, while it asks; others that ask meanwhile wait.

    Measured: handing each call to a thread and back cost a quarter of a fork's time.
    """

    def __init__(self) -> None:
        self._loop = _OneThread()
        self._turn = threading.Lock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and return what it returned."""
        with self._turn:
            try:
                return self._loop.run_until_complete(work)
            except KeyboardInterrupt:
                with suppress(RuntimeError):  # work that had just ended may still mean to stop the loop; let it now
                    self._loop.run_until_complete(asyncio.sleep(0))
                raise

    def straight(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine that never waits, without a task around it; raises RuntimeError when it does wait.

        Blocking calls run where they stand and answers are whole, so nothing in a call through this world waits.
        """
        _running(self._loop)
        try:
            work.send(None)
        except StopIteration as ended:
            return cast("T", ended.value)
        finally:
            _running(None)
        work.close()
        raise RuntimeError("a call waits for another task, and there is none here")

    def close(self) -> None:
        """End the loop."""
        self._loop.close()


def _running(loop: asyncio.AbstractEventLoop | None) -> None:
    """Tell asyncio which loop runs here, as every loop does when it begins and ends."""
    asyncio._set_running_loop(loop)  # noqa: SLF001  asyncio exports it for those who drive coroutines themselves
