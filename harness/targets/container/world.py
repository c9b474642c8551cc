"""The world as containers on one network of their own; a gateway is a new one at every start.

The gateways' address belongs to a container that only waits, as a pod's does: it stays the same over every stop,
and refuses connections at once while no gateway lives behind it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from testcontainers.core.network import Network

from fake_sombra.http_client import Sockets
from harness.target import BootReport, Call, Reply, Secrets, TargetFailed, WorldPlan, control
from harness.targets.child import free_port
from harness.targets.container import localstack
from harness.targets.container.engine import Engine, engine_answers, localstack_image
from harness.targets.container.service import Recipe, Service
from harness.targets.inprocess import InProcessWorld, from_snapshot
from harness.targets.loops import LoopThread
from harness.targets.variables import REMOVED
from harness.targets.wire import exchange

_CUSTOMER, _INGRESS, _CONTROL = 5039, 5042, 5049
_PRODUCT, _PRODUCT_CONTROL = 8080, 8081
_WAITING: Final = ("python", "-c", "import signal; signal.pause()")
_IMAGE_USER: Final = 10_001  # docker/Dockerfile


@dataclass(slots=True)
class ContainerWorld:
    """Gateway, stand-in and KMS front; the addresses stay the same over every stop and start.

    `upstream` keeps the keys behind the front: an address that containers reach, or `localstack` for one of its own.
    """

    secrets: Secrets
    engine: Engine
    folder: tempfile.TemporaryDirectory[str]
    upstream: str | None = None
    target: str = "container"
    _network: Network | None = None
    _address: Service | None = None
    _loop: LoopThread = field(default_factory=LoopThread)
    _transport: Sockets = field(default_factory=Sockets)
    _ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    _services: dict[str, Service] = field(default_factory=dict)
    _gateways: dict[str, Service] = field(default_factory=dict)
    _ended: list[Service] = field(default_factory=list)
    _origins: dict[str, str] = field(default_factory=dict)
    _outside: str | None = None

    def surround(self, plan: WorldPlan) -> None:
        """Start the stand-in and the KMS front side by side, then make the planned keys."""
        with engine_answers("make a network"):
            self._network = Network().create()
        customer, ingress = self._ports
        self._origins = {"customer": _url(customer), "ingress": _url(ingress)}
        published = {_CUSTOMER: customer, _INGRESS: ingress}
        held = Recipe(self.engine.image, alias="gateway", command=(), ports=published, entrypoint=_WAITING)
        self._address = Service.start("address", held, self._joined())
        self._begin("transcend", self._transcend())
        self._begin("kms", ("kms", *self._behind_the_front()))
        for name in ("transcend", "kms"):
            if self._services[name].ready() is None:
                raise TargetFailed(f"{name} did not start: {self._services[name].said.last_words}")
        made = self.exchange(plan.kms_calls())
        if not all(reply.ok for reply in made):
            raise TargetFailed("the KMS front refused to make the key and the key store that the environment names")

    def _behind_the_front(self) -> tuple[str, ...]:
        """What the front is told of the KMS behind it; forks of this world reach the same one."""
        address = self._outside = self.upstream
        if self.upstream == localstack.NAME:
            service, host = localstack.begin(localstack_image(), self._joined())
            self._services[localstack.NAME] = service
            self._outside = localstack.awaited(service, host).url
            address = f"http://{localstack.NAME}:{localstack.PORT}"
        return () if address is None else ("--upstream", address)

    def _transcend(self) -> tuple[str, ...]:
        place = Path(self.folder.name)
        keys, secret = place / "api-keys", place / "ingress-secret"
        for path, content in ((keys, self.secrets.api_key), (secret, self.secrets.ingress_secret)):
            path.touch(mode=0o600)
            path.write_text(content, encoding="utf-8")
        _hand_over(place, keys, secret)
        kept = ("--database", f"sqlite:///{place / 'transcend.db'}", "--blobs", str(place / "blobs"))
        gateway = ("--gateway", f"http://gateway:{_INGRESS}", "--ingress-secret-file", str(secret))
        clients = ("--customer-url", self._origins["customer"], "--tunnel", f"http://gateway:{_CUSTOMER}")
        return ("transcend", *kept, "--api-key-file", str(keys), *gateway, *clients)

    def _begin(self, name: str, command: Sequence[str]) -> None:
        product, ours = free_port(), free_port()
        listening = ("--host", "0.0.0.0", "--port", str(_PRODUCT), "--control-port", str(_PRODUCT_CONTROL))
        recipe = Recipe(
            self.engine.image,
            alias=name,
            command=(*command, *listening),
            ports={_PRODUCT: product, _PRODUCT_CONTROL: ours},
            folder=self.folder.name if name == "transcend" else None,
            user=_user(),
        )
        self._services[name] = Service.start(name, recipe, self._joined())
        self._origins |= {name: _url(product), f"{name}-control": _url(ours)}

    def _joined(self) -> Network:
        if self._network is None:
            raise TargetFailed("this world has no network; open a fresh one")
        return self._network

    def overlay(self) -> Mapping[str, str]:
        """What protocol.md lists; ports are the container's own, names those of its network."""
        return {
            "TRANSCEND_URL": f"http://transcend:{_PRODUCT}",
            "INTERNAL_PORT_HTTP": str(_CUSTOMER),
            "EXTERNAL_PORT_HTTP": str(_INGRESS),
            "AWS_ENDPOINT_URL_KMS": f"http://kms:{_PRODUCT}",
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": self.secrets.aws_secret,
            "FAKE_SOMBRA_HOST": "0.0.0.0",
            "FAKE_SOMBRA_CONTROL_PORT": str(_CONTROL),
            "FAKE_SOMBRA_INGRESS_SECRET": self.secrets.ingress_secret,
        }

    def start(self, environ: Mapping[str, str], *, instance: str) -> BootReport:
        """Start a gateway container and wait for its ready line, or for its exit."""
        began = time.monotonic()
        variables = {name: value for name, value in environ.items() if name not in REMOVED}
        variables["FAKE_SOMBRA_INSTANCE"] = instance
        beside = self._address.container.id if self._address else None
        recipe = Recipe(self.engine.image, alias="gateway", command=("gateway",), environ=variables, beside=beside)
        service = Service.start(instance, recipe, self._joined())
        if service.ready() is None:
            return self._refused(service, began)
        self._gateways[instance] = service
        return BootReport(instance, True, None, (), True, time.monotonic() - began)

    def _refused(self, service: Service, began: float) -> BootReport:
        self._ended.append(service)
        code = service.ended()
        if code is None:  # neither ready nor gone by the deadline
            code = service.kill()
        asked = self.exchange([Call("GET", "customer", "/health"), Call("GET", "ingress", "/health")])
        opened = any(reply.status for reply in asked)
        return BootReport(service.name, False, code, service.said.problems(code), opened, time.monotonic() - began)

    def stop(self, instance: str) -> None:
        """SIGTERM, and wait until the container is gone; raise `TargetFailed` when it had ended by itself."""
        service = self._gateways.pop(instance)
        self._ended.append(service)
        code = service.ended()
        if code is not None:
            raise service.said.ended(f"the gateway {instance}", code)
        service.stop()

    def kill(self, name: str) -> int:
        """SIGKILL to a gateway or a neighbour, as when its node dies; the exit code."""
        held = self._gateways if name in self._gateways else self._services
        service = held.pop(name)
        self._ended.append(service)
        return service.kill()

    def pause(self, name: str) -> None:
        """Freeze a gateway or a neighbour."""
        self._alive(name).pause()

    def resume(self, name: str) -> None:
        """Let a paused one go on."""
        self._alive(name).resume()

    def _alive(self, name: str) -> Service:
        return {**self._services, **self._gateways}[name]

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Calls over kept-alive connections; raise `TargetFailed` when what surrounds the gateway has ended."""
        replies = self._loop.run(exchange(self._transport, self._origins, calls))
        for name, service in self._services.items():
            code = service.ended()
            if code is not None:
                raise service.said.ended(name, code)
        return replies

    def logs(self) -> list[Mapping[str, Any]]:
        """What every gateway printed so far, the ended ones first."""
        gateways = [*self._ended, *self._gateways.values()]
        return [line for service in gateways for line in service.said.heard]

    def fork(self) -> InProcessWorld:
        """Carry what survives a restart into this process; the trunk's containers go on undisturbed."""
        rows, kms = self.exchange(
            [control("transcend-control", "GET", "/snapshot"), control("kms-control", "GET", "/snapshot")]
        )
        return from_snapshot(self.secrets, kms=kms.json, rows=rows.json, upstream=self._outside)

    def drill(self) -> InProcessWorld:
        """In this process, and with the fake as it is."""
        return self.fork().drill()

    def close(self) -> None:
        """Remove every container that was started, then their network."""
        self._loop.run(self._transport.close())
        for service in (*self._gateways.values(), *self._services.values(), *self._ended):
            service.remove()
        self._gateways.clear()
        self._services.clear()
        self._ended.clear()
        if self._address is not None:
            self._address.remove()
            self._address = None
        if self._network is not None:
            with engine_answers("remove a network"):
                self._network.remove()
            self._network = None
        self._loop.close()
        self.folder.cleanup()


@dataclass(frozen=True, slots=True)
class Containers:
    """Worlds of containers; `--target container`. `upstream` as in `ContainerWorld`."""

    upstream: str | None = None
    name: str = "container"

    def open(self, plan: WorldPlan) -> ContainerWorld:
        """A fresh world with the planned KMS keys; raise `TargetFailed` when it cannot be had."""
        engine = Engine.found()
        if self.upstream == localstack.NAME:
            localstack_image()  # before anything starts
        folder = tempfile.TemporaryDirectory(prefix="sombra-rehearsal-")
        world = ContainerWorld(plan.secrets, engine, folder, self.upstream)
        try:
            world.surround(plan)
        except BaseException:
            with suppress(TargetFailed):
                world.close()
            raise
        return world


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _user() -> str | None:
    """Who runs inside: the image's own user for root, else oneself, so that both sides read the shared folder."""
    return None if os.getuid() == 0 else f"{os.getuid()}:{os.getgid()}"


def _hand_over(*paths: Path) -> None:
    if os.getuid() == 0:
        for path in paths:
            os.chown(path, _IMAGE_USER, _IMAGE_USER)
