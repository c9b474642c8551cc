"""Serving and calling over real sockets on loopback: all ports or none, quick stops, honest ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fake_sombra import serving
from fake_sombra.http import AsgiApp, NoAnswer, Request, Scope
from fake_sombra.http_client import Sockets
from fake_sombra.serving import Listener, PortTaken, bind, serve
from tests.unit.fake_sombra.gateway.world import in_loop, is_open, sockets, until


class Echo:
    """Answers with the size of what it got; `/slow` waits for the gate, `/cut` promises more than it sends."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        self.entered.set()
        if scope["path"] == "/slow":
            await self.gate.wait()
        body = str(size).encode()
        length = len(body) + (1000 if scope["path"] == "/cut" else 0)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % length)]})
        await send({"type": "http.response.body", "body": body, "more_body": scope["path"] == "/cut"})
        if scope["path"] == "/cut":
            raise RuntimeError("the connection is to be dropped")


@asynccontextmanager
async def _served(*apps: AsgiApp) -> AsyncIterator[tuple[tuple[int, ...], asyncio.Event, asyncio.Task[None]]]:
    stop: asyncio.Event = asyncio.Event()
    ready: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
    listeners = [Listener(app, "127.0.0.1", 0) for app in apps]
    serving_task = asyncio.create_task(serve(listeners, on_ready=ready.set_result, stop=stop))
    try:
        yield await ready, stop, serving_task
    finally:
        stop.set()
        await serving_task


async def _ask(client: Sockets, port: int, path: str, body: bytes | AsyncIterator[bytes] = b"") -> bytes:
    request = Request("POST", f"http://127.0.0.1:{port}{path}", {}, body)
    async with client.send(request) as answer:
        assert answer.status == 200
        return await answer.read()


async def _pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(100_000)


@in_loop
async def test_bodies_travel_both_ways_in_pieces() -> None:
    async with sockets() as client, _served(Echo()) as ((port,), _, _):
        assert await _ask(client, port, "/", _pieces(30)) == b"3000000"
        assert await _ask(client, port, "/", b"abc") == b"3"
        assert await _ask(client, port, "/") == b"0"


@in_loop
async def test_nobody_there_is_no_answer() -> None:
    async with sockets() as client, _served(Echo()) as ((port,), stop, task):
        stop.set()
        await task
        with pytest.raises(NoAnswer):
            await _ask(client, port, "/")


@in_loop
async def test_a_closed_client_sends_nothing() -> None:
    async with sockets() as client, _served(Echo()) as ((port,), _, _):
        assert await _ask(client, port, "/") == b"0"
        await client.close()
        with pytest.raises(NoAnswer):
            await _ask(client, port, "/")


@in_loop
async def test_a_body_that_ends_early_is_no_answer() -> None:
    async with sockets() as client, _served(Echo()) as ((port,), _, _):
        with pytest.raises(NoAnswer):
            await _ask(client, port, "/cut")


@in_loop
async def test_a_caller_whose_own_body_breaks_gets_no_answer() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(10)
        raise RuntimeError

    async with sockets() as client, _served(Echo()) as ((port,), _, _):
        with pytest.raises(NoAnswer):
            await _ask(client, port, "/", broken())


@in_loop
async def test_a_stop_finishes_what_is_in_flight_and_takes_nothing_new() -> None:
    echo = Echo()
    async with sockets() as client, _served(echo) as ((port,), stop, task):
        slow = asyncio.create_task(_ask(client, port, "/slow", b"abc"))
        await echo.entered.wait()

        stop.set()
        await until(lambda: not is_open(port))
        assert not task.done()
        echo.gate.set()
        await task

        assert await slow == b"3"


@in_loop
async def test_a_stop_does_not_wait_for_idle_connections() -> None:
    async with sockets() as client, _served(Echo(), Echo()) as ((one, other), stop, task):
        await _ask(client, one, "/")
        await _ask(client, other, "/")

        began = time.monotonic()
        stop.set()
        await task

        assert time.monotonic() - began < serving.STOP_DEADLINE_S / 2


@in_loop
async def test_a_call_that_never_ends_is_cut_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "STOP_DEADLINE_S", 0.05)
    echo = Echo()
    async with sockets() as client, _served(echo) as ((port,), stop, task):
        endless = asyncio.create_task(_ask(client, port, "/slow"))
        await echo.entered.wait()

        stop.set()
        await task

        with pytest.raises((NoAnswer, AssertionError)):
            await endless


@in_loop
async def test_a_taken_port_opens_none_and_is_named() -> None:
    echo = Echo()
    (holder,) = bind([Listener(echo, "127.0.0.1", 0)])
    (free,) = bind([Listener(echo, "127.0.0.1", 0)])
    free_port, taken_port = free.getsockname()[1], holder.getsockname()[1]
    free.close()
    listeners = [
        Listener(echo, "127.0.0.1", free_port, "ONE"),
        Listener(echo, "127.0.0.1", taken_port, "OTHER"),
    ]

    with holder, pytest.raises(PortTaken, match="OTHER") as taken:
        await serve(listeners, on_ready=lambda _: None, stop=asyncio.Event())

    assert str(taken_port) in str(taken.value)
    (again,) = bind([listeners[0]])
    again.close()
