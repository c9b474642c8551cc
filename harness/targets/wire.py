"""How calls leave the harness: one event loop in a thread of its own, a few calls at a time over a transport."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from fake_sombra.http import Answer, NoAnswer, Request, Transport
from harness.target import Call, Reply

T = TypeVar("T")

AT_ONCE = 8  # as many as a patient client would; more only queue on two cores


class Loop(Protocol):
    """Where the coroutines of a world run."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and return what it returned."""
        ...

    def close(self) -> None:
        """End the loop."""
        ...


class LoopThread:
    """An event loop that lives as long as its world; `run` may be called from any thread but its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rehearsal-wire", daemon=True)
        self._thread.start()

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
        self._thread.join()
        self._loop.close()


async def exchange(transport: Transport, origins: Mapping[str, str], calls: Sequence[Call]) -> list[Reply]:
    """Make the calls, at most `AT_ONCE` at a time; replies in the order of the calls.

    `origins` maps a place (or `place@instance`) to its origin; a place that is not there refuses connections.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(call: Call) -> Reply:
        async with turns:
            return await _reply(transport, origins, call)

    return list(await asyncio.gather(*(one(call) for call in calls)))


async def exchange_in_turn(transport: Transport, origins: Mapping[str, str], calls: Sequence[Call]) -> list[Reply]:
    """The same, each call when the one before has ended."""
    return [await _reply(transport, origins, call) for call in calls]


async def _reply(transport: Transport, origins: Mapping[str, str], call: Call) -> Reply:
    origin = origins.get(f"{call.place}@{call.instance}" if call.instance else call.place)
    if origin is None:
        return Reply(0)
    request = Request(call.method, origin + call.path, call.headers, call.body)
    try:
        async with transport.send(request) as answer:
            return await _whole(answer)
    except NoAnswer:
        return Reply(0)


async def _whole(answer: Answer) -> Reply:
    """A body that breaks off is no answer, however good its status line looked; what leaked is kept."""
    chunks: list[bytes] = []
    try:
        async for chunk in answer.chunks:
            chunks.append(chunk)  # noqa: PERF401  what came before a break must be kept
    except NoAnswer:
        return Reply(0, answer.headers, b"".join(chunks))
    return Reply(answer.status, answer.headers, b"".join(chunks))
