"""The front's HTTP door on a port of this machine, for as long as a trial lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from fake_sombra import serving
from fake_sombra.http import AsgiApp
from harness.background import Background

_STOPPED_WITHIN_S = 10.0


@contextmanager
def served(app: AsgiApp) -> Iterator[str]:
    """Serve in a thread until the block ends; the address."""
    ready: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    serving_it = Background(lambda: _serve(app, ready), name="kms-on-trial")
    port, loop, stop = ready.result()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        serving_it.ends(within_s=_STOPPED_WITHIN_S)


def _serve(app: AsgiApp, ready: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
    async def serve() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        listener = serving.Listener(app, "127.0.0.1", 0)
        await serving.serve((listener,), on_ready=lambda ports: ready.set_result((ports[0], loop, stop)), stop=stop)

    try:
        serving.run(serve())
    except BaseException as error:  # whoever waits for the port must hear of it
        if ready.done():
            raise
        ready.set_exception(error)
