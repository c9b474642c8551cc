"""How applications of the harness's own are served beside a world: on loopback, in a thread, until closed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from fake_sombra.http import AsgiApp, Message, Scope
from fake_sombra.serving import Listener, PortTaken, bind, serve
from harness.target import TargetFailed
from harness.targets.loops import LoopThread

__all__ = ["AsgiApp", "Message", "Scope", "Served", "is_taken"]

_HOST = "127.0.0.1"


def is_taken(port: int) -> bool:
    """Whether somebody holds a port now; 0 is never taken."""
    try:
        taken = bind([Listener(_nobody, _HOST, port)])
    except PortTaken:
        return True
    for each in taken:
        each.close()
    return False


@dataclass(slots=True)
class Served:
    """Applications by name, each on a port of its own."""

    ports: Mapping[str, int]
    _loop: LoopThread
    _stop: asyncio.Event
    _ended: Future[None] = field(repr=False)

    @classmethod
    def start(cls, apps: Mapping[str, AsgiApp], ports: Mapping[str, int]) -> Served:
        """Open every port (0 or none: any free one) or raise `TargetFailed` and open nothing."""
        listeners = [Listener(app, _HOST, ports.get(name, 0), f"--{name}-port") for name, app in apps.items()]
        loop = LoopThread()
        stop, bound = asyncio.Event(), Future[tuple[int, ...]]()
        ended = loop.begin(_serve(listeners, bound, stop))
        try:
            return cls(dict(zip(apps, bound.result(), strict=True)), loop, stop, ended)
        except PortTaken as taken:
            loop.close()
            raise TargetFailed(str(taken)) from taken

    def close(self) -> None:
        """Finish what is in flight, then let go of the ports."""
        self._loop.run(_set(self._stop))
        self._ended.result()
        self._loop.close()


async def _serve(listeners: Sequence[Listener], bound: Future[tuple[int, ...]], stop: asyncio.Event) -> None:
    try:
        await serve(listeners, on_ready=bound.set_result, stop=stop)
    except PortTaken as taken:
        bound.set_exception(taken)


async def _set(stop: asyncio.Event) -> None:
    stop.set()


async def _nobody(*_: object) -> None:
    """Answer nothing: a listener that never serves."""
