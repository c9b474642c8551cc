"""How applications meet sockets: all ports or none, one loop, a stop that finishes what is in flight."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fake_sombra.errors import SombraError

if TYPE_CHECKING:
    import uvicorn

    from fake_sombra.http import AsgiApp

STOP_DEADLINE_S = 5.0
_KEEP_ALIVE_S = 75
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listener:
    """One application and where it listens; `variable` names the setting that chose the port."""

    app: AsgiApp
    host: str
    port: int
    variable: str = "port"


class PortTaken(SombraError):
    """A listener's address cannot be had; nothing was opened."""

    def __init__(self, listener: Listener, reason: str) -> None:
        super().__init__(
            f"cannot listen on {listener.host}:{listener.port} ({reason}); "
            f"stop what holds the port, or choose another with {listener.variable}"
        )
        self.variable = listener.variable


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine in a fresh event loop, uvloop's where it is installed."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def bind(listeners: Sequence[Listener]) -> list[socket.socket]:
    """Take every address, in order; raises `PortTaken` and keeps none when one cannot be had."""
    with ExitStack() as undo:
        taken = [undo.enter_context(_bind_one(listener)) for listener in listeners]
        undo.pop_all()
    return taken


async def serve(
    listeners: Sequence[Listener], *, on_ready: Callable[[tuple[int, ...]], None], stop: asyncio.Event
) -> None:
    """Serve until `stop` is set or SIGTERM or SIGINT arrives; `on_ready` is handed the bound ports in order.

    Raises `PortTaken` before any port opens.
    """
    sockets = bind(listeners)
    ports = tuple(int(each.getsockname()[1]) for each in sockets)
    servers = [_server(listener.app) for listener in listeners]
    _stop_on_signals(stop)
    for server, taken in zip(servers, sockets, strict=True):
        await server.on_tick(0)
        await server.startup(sockets=[taken])
    gc.freeze()  # what was imported stays; the collector need not look at it again
    on_ready(ports)
    while not stop.is_set():
        for server in servers:
            await server.on_tick(0)  # renews the date header
        await _wait(stop, 1.0)
    for server in servers:
        for listening in server.servers:
            listening.close()
    await asyncio.gather(*(_finish(server) for server in servers))


class _Connections(set[Any]):
    """The open connections of one server, and an event for the moment when there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.none_left = asyncio.Event()
        self.none_left.set()

    def add(self, connection: object, /) -> None:
        self.none_left.clear()
        super().add(connection)

    def discard(self, connection: object, /) -> None:
        super().discard(connection)
        if not self:
            self.none_left.set()


def _server(app: AsgiApp) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415  # a client of `run` may never serve

    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # the applications log their own refusals; uvicorn would print tracebacks
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    server.server_state.connections = _Connections()
    return server


def _bind_one(listener: Listener) -> socket.socket:
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: asyncio sees to no delay
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((listener.host, listener.port))
        taken.listen(2048)  # now, not later: two processes may both bind a port, only one may listen
        taken.setblocking(False)
    except (OSError, OverflowError, UnicodeError) as error:
        taken.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PortTaken(listener, reason) from error
    return taken


def _stop_on_signals(stop: asyncio.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _finish(server: uvicorn.Server) -> None:
    """Close idle connections now, busy ones after their answer, and all others at the deadline."""
    connections = server.server_state.connections
    assert isinstance(connections, _Connections)  # noqa: S101  # set in `_server`; tells mypy so
    for connection in list(connections):
        connection.shutdown()
    if await _wait(connections.none_left, STOP_DEADLINE_S):
        return
    for task in list(server.server_state.tasks):
        task.cancel()
    for connection in list(connections):
        connection.transport.abort()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415  # optional: plain asyncio serves where it is missing
    except ImportError:
        return None
    return uvloop.new_event_loop
