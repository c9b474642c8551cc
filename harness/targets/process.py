"""The world as real processes on loopback: gateway, stand-in and KMS front, started, stopped and killed for real."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_sombra.http_client import Sockets
from harness.target import BootReport, Call, Reply, Secrets, StopReport, TargetFailed, World, WorldPlan, control
from harness.targets.child import Child, free_port, holding, undisturbed
from harness.targets.gateways import Gateways
from harness.targets.loops import LoopThread
from harness.targets.variables import clean_environment
from harness.targets.warden import Warden
from harness.targets.wire import exchange

if TYPE_CHECKING:
    from harness.targets.inprocess import InProcessWorld

GATEWAY = (sys.executable, "-m", "fake_sombra", "gateway")
_DYING_S = 1.0  # a killed process closes its sockets a moment before it is gone


@dataclass(frozen=True, slots=True)
class _Carried:
    """A world made from snapshots; forking it again costs half a millisecond while they stay the same."""

    snapshots: tuple[bytes, bytes] = field(repr=False)
    world: InProcessWorld


@dataclass(slots=True)
class ProcessWorld:
    """Three processes on ephemeral ports; the addresses stay the same over every stop and start."""

    secrets: Secrets
    folder: tempfile.TemporaryDirectory[str]
    gateway_command: Sequence[str]
    upstream: str | None = None
    warden: Warden | None = None
    target: str = "process"
    _loop: LoopThread = field(default_factory=LoopThread)
    _transport: Sockets = field(default_factory=Sockets)
    _ports: tuple[int, int, int] = field(default_factory=lambda: (free_port(), free_port(), free_port()))
    _services: dict[str, Child] = field(default_factory=dict)
    _gateways: Gateways = field(init=False)
    _origins: dict[str, str] = field(default_factory=dict)
    _carried: _Carried | None = None
    _is_holding: bool = False

    def __post_init__(self) -> None:
        self._gateways = Gateways(self.gateway_command, Path(self.folder.name), self.warden)

    def surround(self, plan: WorldPlan) -> None:
        """Start the stand-in and the KMS front side by side, then make the planned keys."""
        place = Path(self.folder.name)
        keys, secret = place / "api-keys", place / "ingress-secret"
        for path, content in ((keys, self.secrets.api_key), (secret, self.secrets.ingress_secret)):
            path.touch(mode=0o600)
            path.write_text(content, encoding="utf-8")
        customer, ingress, ours = self._ports
        self._origins = {"customer": _url(customer), "ingress": _url(ingress), "gateway-control": _url(ours)}
        database = f"sqlite:///{place / 'transcend.db'}"
        transcend = ("--database", database, "--blobs", str(place / "blobs"), "--api-key-file", str(keys))
        leads_to = {"--gateway": _url(ingress), "--customer-url": _url(customer), "--tunnel": _url(customer)}
        gateway = (*chain.from_iterable(leads_to.items()), "--ingress-secret-file", str(secret))
        upstream = ("--upstream", self.upstream) if self.upstream else ()
        base = (sys.executable, "-m", "fake_sombra")
        clean = clean_environment()
        if self.warden is not None:
            self.warden.inherit(self.folder.name)
        self._begin("transcend", (*base, "transcend", *transcend, *gateway), clean)
        self._begin("kms", (*base, "kms", *upstream), clean)
        _load_forks()
        for name, service in self._services.items():
            ready = service.ready()
            if ready is None:
                raise TargetFailed(f"{name} did not start: {service.said.last_words}")
            self._origins[name] = _url(ready["port"])
            self._origins[f"{name}-control"] = _url(ready["control_port"])
        made = self.exchange(plan.kms_calls())
        if not all(reply.ok for reply in made):
            raise TargetFailed("the KMS front refused to make the key and the key store that the environment names")

    def _begin(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        with undisturbed():
            child = self._services[name] = Child.start(name, command, environ)
        if self.warden is not None:
            self.warden.watch(child.process.pid)

    def addresses(self) -> Mapping[str, str]:
        """The same for as long as this world lives."""
        return dict(self._origins)

    def private_folder(self) -> Path:
        """Where the stand-in keeps its rows, and its neighbours their secrets."""
        return Path(self.folder.name)

    def overlay(self) -> Mapping[str, str]:
        """What protocol.md lists, and the fake's own control port and shared secret."""
        customer, ingress, control_port = self._ports
        return {
            "TRANSCEND_URL": self._origins["transcend"],
            "INTERNAL_PORT_HTTP": str(customer),
            "EXTERNAL_PORT_HTTP": str(ingress),
            "AWS_ENDPOINT_URL_KMS": self._origins["kms"],
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": self.secrets.aws_secret,
            "FAKE_SOMBRA_CONTROL_PORT": str(control_port),
            "FAKE_SOMBRA_INGRESS_SECRET": self.secrets.ingress_secret,
        }

    def start(self, environ: Mapping[str, str], *, instance: str) -> BootReport:
        """Start a gateway process and wait for its ready line, or for its exit."""
        return self._gateways.start(environ, instance=instance, ports=self._ports, are_held=self._is_holding)

    @contextmanager
    def ports_held(self) -> Iterator[None]:
        """Hold the gateway's ports; a gateway that opens one meanwhile cannot, and says so."""
        with ExitStack() as held:
            for port in self._ports:
                held.enter_context(holding(port))
            self._is_holding = True
            try:
                yield
            finally:
                self._is_holding = False

    def stop(self, instance: str) -> StopReport:
        """SIGTERM, and wait until the process is gone; raise `TargetFailed` when it had ended by itself."""
        return self._gateways.stop(instance)

    def kill(self, instance: str) -> None:
        """SIGKILL, and wait until the process is gone."""
        self._gateways.kill(instance)

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Calls over kept-alive connections; raise `TargetFailed` when what surrounds the gateway has ended."""
        replies = self._loop.run(exchange(self._transport, self._origins, calls))
        silent = {call.place for call, reply in zip(calls, replies, strict=True) if reply.status == 0}
        for name, service in self._services.items():
            is_suspect = any(place.startswith(name) for place in silent)
            code = service.ended(within_s=_DYING_S if is_suspect else 0.0)
            if code is not None:
                raise service.said.ended(name, code)
        return replies

    def logs(self) -> list[Mapping[str, Any]]:
        """What every gateway printed so far, the ended ones first."""
        return self._gateways.logs()

    def fork(self) -> World:
        """Carry what survives a restart into this process; the trunk's processes go on undisturbed.

        Another gateway than the fake is rehearsed in forks too: there it runs as a process between their neighbours.
        """
        if self.gateway_command == GATEWAY:
            return self._as_it_stands().fork()
        return _load_servers()(self._as_it_stands(), self.gateway_command)

    def drill(self) -> World:
        """In this process, and with the fake as it is."""
        return self._as_it_stands().drill()

    def _as_it_stands(self) -> InProcessWorld:
        """What survives a restart, carried here; the same as before where nothing has changed."""
        rows, kms = self.exchange(
            [control("transcend-control", "GET", "/snapshot"), control("kms-control", "GET", "/snapshot")]
        )
        snapshots = (rows.body, kms.body)
        if self._carried is None or self._carried.snapshots != snapshots:
            self._let_go()
            world = _load_forks()(self.secrets, kms=kms.json, rows=rows.json, upstream=self.upstream)
            self._carried = _Carried(snapshots, world)
        return self._carried.world

    def _let_go(self) -> None:
        if self._carried is not None:
            self._carried.world.close()
            self._carried = None

    def close(self) -> None:
        """Stop every process that was started, by its pid, all at the same time."""
        self._let_go()
        for process in (*self._gateways.live, *self._services.values()):
            process.ask_to_stop()
        self._gateways.close()
        for process in self._services.values():
            process.stop()
        self._services.clear()
        self._loop.run(self._transport.close())
        self._loop.close()
        self.folder.cleanup()
        if self.warden is not None:
            self.warden.dismiss()


@dataclass(frozen=True, slots=True)
class Processes:
    """Worlds of real processes; `gateway_command` may run another gateway than the fake.

    Those of a guarded world end with this process even when it is killed.
    """

    gateway_command: Sequence[str] = GATEWAY
    upstream: str | None = None
    is_guarded: bool = False
    name: str = "process"

    def open(self, plan: WorldPlan) -> ProcessWorld:
        """A fresh world with the planned KMS keys; raise `TargetFailed` when a service does not start."""
        world = ProcessWorld(
            plan.secrets,
            tempfile.TemporaryDirectory(prefix="sombra-rehearsal-"),
            self.gateway_command,
            self.upstream,
            Warden.start() if self.is_guarded else None,
        )
        try:
            world.surround(plan)
        except BaseException:
            world.close()
            raise
        return world


def _load_forks() -> Callable[..., InProcessWorld]:
    """Forks run in this process and need the whole fake, which is imported while the children start."""
    from harness.targets.inprocess import from_snapshot  # noqa: PLC0415  see above

    return from_snapshot


def _load_servers() -> Callable[[InProcessWorld, Sequence[str]], World]:
    """Only another gateway than the fake needs its forks served over sockets."""
    from harness.targets.served import ServedWorld  # noqa: PLC0415  see above

    return ServedWorld.beside


def _url(port: object) -> str:
    return f"http://127.0.0.1:{port}"
