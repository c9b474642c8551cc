"""Calls leave in any order and come back in theirs; a body that breaks off is no answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from fake_sombra.http import Answer, NoAnswer, Request
from harness.target import Call, Reply
from harness.targets.loops import LoopThread
from harness.targets.wire import AT_ONCE, exchange

_ORIGINS = {"customer": "http://one", "customer@after-2": "http://two"}


@dataclass(slots=True)
class _Transport:
    """Answers with its request's address, later calls first; `/cut` breaks off, `/nobody` is not there."""

    flying: int = 0
    most: int = 0
    urls: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncIterator[Answer]:
        if request.url.endswith("/nobody"):
            raise NoAnswer("nobody")
        self.urls.append(request.url)
        self.flying += 1
        self.most = max(self.most, self.flying)
        for _ in range(50 - len(self.urls)):
            await asyncio.sleep(0)
        yield Answer(200, {}, self._body(request.url))
        self.flying -= 1

    async def close(self) -> None:
        """Nothing is open."""

    async def _body(self, url: str) -> AsyncIterator[bytes]:
        yield url.encode()
        if url.endswith("/cut"):
            raise NoAnswer("broke off")


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


def _calls(*paths: str) -> list[Call]:
    return [Call("GET", "customer", path) for path in paths]


def test_replies_come_in_the_order_of_the_calls(loop: LoopThread) -> None:
    paths = [f"/{number}" for number in range(20)]

    replies = loop.run(exchange(_Transport(), _ORIGINS, _calls(*paths)))

    assert [reply.body.decode() for reply in replies] == [f"http://one{path}" for path in paths]


def test_only_so_many_are_made_at_once(loop: LoopThread) -> None:
    transport = _Transport()

    loop.run(exchange(transport, _ORIGINS, _calls(*map(str, range(30)))))

    assert transport.most == AT_ONCE


def test_a_place_that_is_not_there_and_an_address_that_refuses_are_no_answer(loop: LoopThread) -> None:
    calls = [*_calls("/nobody"), Call("GET", "ingress", "/x"), Call("GET", "customer", "/x", instance="gone")]

    assert loop.run(exchange(_Transport(), _ORIGINS, calls)) == [Reply(0)] * 3


def test_an_instance_is_reached_under_its_own_address(loop: LoopThread) -> None:
    (reply,) = loop.run(exchange(_Transport(), _ORIGINS, [Call("GET", "customer", "/x", instance="after-2")]))

    assert reply.body == b"http://two/x"


def test_a_body_that_breaks_off_is_no_answer_and_what_leaked_is_kept(loop: LoopThread) -> None:
    (reply,) = loop.run(exchange(_Transport(), _ORIGINS, _calls("/cut")))

    assert (reply.status, reply.body) == (0, b"http://one/cut")
