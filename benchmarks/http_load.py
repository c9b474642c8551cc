"""A load generator that is not the bound: kept-alive connections on bare asyncio, answers parsed by httptools."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import cycle
from typing import cast

import httptools

from benchmarks.options import BenchmarkFailed
from fake_sombra.serving import run

WARM_UP_S = 0.3


class WrongAnswer(BenchmarkFailed):
    """The service under load did not answer with the expected status and size."""


def requests_per_second(port: int, requests: Sequence[bytes], *, size: int, connections: int, seconds: float) -> float:
    """Send the requests in turn over each connection; every answer must be a 200 with `size` bytes of body."""
    return run(_measure(port, requests, size=size, connections=connections, seconds=seconds))


async def _measure(port: int, requests: Sequence[bytes], *, size: int, connections: int, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: _Connection(requests, size), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await _any_failure(opened, WARM_UP_S)
    before, began = sum(each.answered for each in opened), time.perf_counter()
    await _any_failure(opened, seconds)
    answered, took = sum(each.answered for each in opened) - before, time.perf_counter() - began
    for connection in opened:
        connection.close()
    if not answered:
        raise WrongAnswer("no answer at all; a rate of nothing is not a measurement")
    return answered / took


async def _any_failure(opened: Sequence[_Connection], seconds: float) -> None:
    failed, _ = await asyncio.wait(
        [each.failed for each in opened], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
    )
    for failure in failed:
        failure.result()


class _Connection(asyncio.Protocol):
    """One request at a time, the next as soon as the answer is whole."""

    def __init__(self, requests: Sequence[bytes], size: int) -> None:
        self.answered = 0
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = cycle(requests)
        self._expected = size
        self._received = 0
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of asyncio's
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("the connection was closed")

    def on_body(self, body: bytes) -> None:
        self._received += len(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status != 200 or self._received != self._expected:
            self._fail(f"an answer of status {status} and {self._received} bytes; expected 200 and {self._expected}")
            return
        self.answered += 1
        self._received = 0
        self._parser = httptools.HttpResponseParser(self)
        if self._transport is not None:
            self._transport.write(next(self._requests))

    def close(self) -> None:
        """Hang up; what is still on its way does not count."""
        self.failed.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, reason: str) -> None:
        if not self.failed.done():
            self.failed.set_exception(WrongAnswer(reason))
