"""How calls leave the harness: a few at a time, or one after the other, over a transport."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fake_sombra.http import Answer, NoAnswer, Request, Transport
from harness.target import Call, Reply

AT_ONCE = 8  # as many as a patient client would; more only queue on two cores


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
