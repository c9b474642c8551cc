"""A fork for a gateway that is not the fake: it runs as a process, its neighbours live here and are served to it.

Without it the forks of `rehearse --gateway` would show that the fake is right, and say nothing of what is rehearsed.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from fake_sombra import serving
from fake_sombra.http import Answer, Loopback, NoAnswer, Request
from fake_sombra.http_client import Sockets
from fake_sombra.kms import Kms, control_app, product_app
from fake_sombra.serving import Listener
from fake_sombra.transcend.app import create
from fake_sombra.transcend.store import Store
from harness.target import BootReport, Call, Reply, Secrets, StopReport
from harness.targets.child import free_port
from harness.targets.drill import DRILL
from harness.targets.gateways import Gateways
from harness.targets.inprocess import InProcessWorld, Shared
from harness.targets.loops import LoopThread
from harness.targets.wire import exchange

_LOOPBACK = "127.0.0.1"
_CUSTOMER, _INGRESS, _TRANSCEND = "http://gateway.fake", "http://gateway-ingress.fake", "http://transcend.fake"
_CONTROLS = {"transcend-control": "http://transcend-control.fake", "kms-control": "http://kms-control.fake"}
_INSIDE = frozenset({_TRANSCEND, *_CONTROLS.values()})


@dataclass(slots=True)
class _Road:
    """Carries calls to the neighbours by plain calls, and to the oldest gateway over its sockets."""

    inside: Loopback = field(default_factory=Loopback)
    outside: Sockets = field(default_factory=Sockets)
    gateways: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncIterator[Answer]:
        """Raise `NoAnswer` when nobody listens."""
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin in _INSIDE:
            sending = self.inside.send(request)
        elif origin not in {_CUSTOMER, _INGRESS}:
            sending = self.outside.send(request)
        elif origin in self.gateways:
            sending = self.outside.send(replace(request, url=self.gateways[origin] + request.url.removeprefix(origin)))
        else:
            raise NoAnswer(f"connection refused: {origin}")
        async with sending as answer:
            yield answer

    async def close(self) -> None:
        """Let go of every connection."""
        await self.inside.close()
        await self.outside.close()


@dataclass(slots=True)
class ServedWorld:
    """A world whose stand-in and KMS are objects here, and whose gateways are processes of the given command."""

    secrets: Secrets
    kms: Kms
    store: Store
    shared: Shared
    command: Sequence[str]
    target: str = "process"
    _loop: LoopThread = field(default_factory=LoopThread)
    _road: _Road = field(default_factory=_Road)
    _ports: dict[str, tuple[int, int]] = field(default_factory=dict)
    _neighbours: tuple[int, int] = (0, 0)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _serving: Any = None
    _folder: TemporaryDirectory[str] = field(default_factory=lambda: TemporaryDirectory(prefix="sombra-fork-"))
    _gateways: Gateways = field(init=False)
    _standin: Any = field(init=False)

    @classmethod
    def beside(cls, carried: InProcessWorld, command: Sequence[str]) -> ServedWorld:
        """A fork of a world in process, for gateways that are not."""
        return cls(carried.secrets, carried.kms.fork(), carried.store.fork(), carried.shared, command)

    def __post_init__(self) -> None:
        self.shared.join()
        self._gateways = Gateways(self.command, Path(self._folder.name))
        self._standin = create(
            self.store,
            transport=self._road,
            gateway_url=_INGRESS,
            ingress_secret=self.secrets.ingress_secret,
            api_keys=(self.secrets.api_key,),
            clock=time.time,
            new_id=lambda: str(uuid.uuid4()),
        )
        self._road.inside.listen(_TRANSCEND, self._standin.product)
        self._road.inside.listen(_CONTROLS["transcend-control"], self._standin.control)
        self._road.inside.listen(_CONTROLS["kms-control"], control_app(self.kms))

    def overlay(self) -> Mapping[str, str]:
        """As on processes; the ports are each gateway's own and added at its start."""
        transcend, kms = self._served()
        return {
            "TRANSCEND_URL": f"http://{_LOOPBACK}:{transcend}",
            "AWS_ENDPOINT_URL_KMS": f"http://{_LOOPBACK}:{kms}",
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": self.secrets.aws_secret,
            "FAKE_SOMBRA_INGRESS_SECRET": self.secrets.ingress_secret,
        }

    def _served(self) -> tuple[int, int]:
        """The ports of the neighbours, which are opened when a gateway first needs them."""
        if self._serving is None:
            self._serving, self._neighbours = self._loop.run(self._open())
        return self._neighbours

    async def _open(self) -> tuple[asyncio.Task[None], tuple[int, int]]:
        ready: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        listeners = [Listener(app, _LOOPBACK, 0) for app in (self._standin.product, product_app(self.kms))]
        task = asyncio.create_task(serving.serve(listeners, on_ready=ready.set_result, stop=self._stop))
        transcend, kms = await ready
        return task, (transcend, kms)

    def start(self, environ: Mapping[str, str], *, instance: str) -> BootReport:
        """Start a gateway process on ports of its own."""
        ports = (free_port(), free_port())
        own = {"INTERNAL_PORT_HTTP": str(ports[0]), "EXTERNAL_PORT_HTTP": str(ports[1])}
        report = self._gateways.start({**environ, **own}, instance=instance, ports=ports)
        if report.accepted:
            self._ports[instance] = ports
            self._lead()
        return report

    def stop(self, instance: str) -> StopReport:
        """SIGTERM, and wait until the process is gone."""
        del self._ports[instance]
        self._lead()
        return self._gateways.stop(instance)

    def _lead(self) -> None:
        """Plain addresses lead to the oldest gateway."""
        self._road.gateways.clear()
        for customer, ingress in list(self._ports.values())[:1]:
            self._road.gateways |= {_CUSTOMER: _url(customer), _INGRESS: _url(ingress)}

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Calls to the gateway go over sockets, all others to the applications themselves."""
        origins = {"customer": _CUSTOMER, "ingress": _INGRESS, "transcend": _TRANSCEND, **_CONTROLS}
        for name, (customer, ingress) in self._ports.items():
            origins |= {f"customer@{name}": _url(customer), f"ingress@{name}": _url(ingress)}
        return self._loop.run(exchange(self._road, origins, calls))

    def logs(self) -> list[Mapping[str, Any]]:
        """What every gateway printed so far."""
        return self._gateways.logs()

    def fork(self) -> ServedWorld:
        """Copy the rows and the key states; no gateway lives in the copy."""
        return ServedWorld(self.secrets, self.kms.fork(), self.store.fork(), self.shared, self.command)

    def drill(self) -> InProcessWorld:
        """In this process, and with the fake as it is."""
        return InProcessWorld(self.secrets, self.kms.fork(), self.store.fork(), self.shared, further=DRILL)

    def close(self) -> None:
        """Stop every gateway, then the neighbours."""
        self._gateways.close()
        if self._serving is not None:
            self._loop.run(self._ended())
        self._loop.run(self._road.close())
        self._loop.close()
        self.store.close()
        self._folder.cleanup()
        self.shared.release()

    async def _ended(self) -> None:
        self._stop.set()
        await self._serving


def _url(port: int) -> str:
    return f"http://{_LOOPBACK}:{port}"
