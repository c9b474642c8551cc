"""Loops of worlds: one in a thread of its own, one in the thread that asks."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.targets.loops import Here, LoopThread


def test_a_loop_in_a_thread_may_be_closed_twice() -> None:
    loop = LoopThread()
    loop.close()
    loop.close()


def test_work_runs_in_the_thread_that_asks() -> None:
    here = Here()

    async def where() -> int:
        return threading.get_ident()

    assert here.run(where()) == threading.get_ident()
    here.close()


def test_a_loop_goes_on_after_a_ctrl_c_that_came_as_work_ended() -> None:
    """That work has ended stops the loop; the word of it may still be under way."""
    here = Here()

    async def broken_off() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.stop)
        raise KeyboardInterrupt

    async def answers() -> int:
        await asyncio.sleep(0)
        return 7

    with pytest.raises(KeyboardInterrupt):
        here.run(broken_off())
    assert here.run(answers()) == 7
    here.close()


def test_threads_that_ask_at_the_same_time_take_turns() -> None:
    here, both = Here(), threading.Barrier(2)
    at_work: list[int] = []

    async def works() -> int:
        at_work.append(1)
        for _ in range(100):
            await asyncio.sleep(0)
        return len(at_work)

    def asks() -> int:
        both.wait(10)
        return here.run(works())

    with ThreadPoolExecutor(2) as threads:
        seen = sorted(each.result() for each in [threads.submit(asks), threads.submit(asks)])

    assert seen == [1, 2]
    here.close()


def test_a_call_that_waits_is_an_error_and_not_a_hang() -> None:
    here = Here()

    async def waits() -> None:
        await asyncio.sleep(0)

    async def answers() -> int:
        return await asyncio.get_running_loop().run_in_executor(None, lambda: 7)

    with pytest.raises(RuntimeError, match="waits for another task"):
        here.straight(waits())
    assert here.straight(answers()) == 7
    assert here.run(answers()) == 7
    here.close()


def test_what_a_blocking_call_raises_reaches_who_awaits_it() -> None:
    here = Here()

    def fails() -> None:
        raise LookupError("planted")

    async def asks() -> None:
        await asyncio.get_running_loop().run_in_executor(None, fails)

    with pytest.raises(LookupError, match="planted"):
        here.straight(asks())
    here.close()
