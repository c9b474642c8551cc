"""The world as real processes on loopback: gateway, stand-in and KMS front, started, stopped and killed for real."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fake_sombra.http_client import Sockets
from harness.target import BootReport, Call, Reply, Secrets, TargetFailed, WorldPlan, control
from harness.targets.child import Child, free_port, listens
from harness.targets.variables import REMOVED, clean_environment
from harness.targets.wire import LoopThread, exchange

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
    target: str = "process"
    _loop: LoopThread = field(default_factory=LoopThread)
    _transport: Sockets = field(default_factory=Sockets)
    _ports: tuple[int, int, int] = field(default_factory=lambda: (free_port(), free_port(), free_port()))
    _services: dict[str, Child] = field(default_factory=dict)
    _gateways: dict[str, Child] = field(default_factory=dict)
    _ended: list[Child] = field(default_factory=list)
    _origins: dict[str, str] = field(default_factory=dict)
    _carried: _Carried | None = None

    def surround(self, plan: WorldPlan) -> None:
        """Start the stand-in and the KMS front side by side, then make the planned keys."""
        place = Path(self.folder.name)
        keys, secret = place / "api-keys", place / "ingress-secret"
        for path, content in ((keys, self.secrets.api_key), (secret, self.secrets.ingress_secret)):
            path.touch(mode=0o600)
            path.write_text(content, encoding="utf-8")
        customer, ingress, _ = self._ports
        self._origins = {"customer": _url(customer), "ingress": _url(ingress)}
        database = f"sqlite:///{place / 'transcend.db'}"
        transcend = ("--database", database, "--blobs", str(place / "blobs"), "--api-key-file", str(keys))
        gateway = ("--gateway", _url(ingress), "--ingress-secret-file", str(secret))
        upstream = ("--upstream", self.upstream) if self.upstream else ()
        base = (sys.executable, "-m", "fake_sombra")
        clean = clean_environment()
        self._services["transcend"] = Child.start("transcend", (*base, "transcend", *transcend, *gateway), clean)
        self._services["kms"] = Child.start("kms", (*base, "kms", *upstream), clean)
        _load_forks()
        for name, service in self._services.items():
            ready = service.ready()
            if ready is None:
                raise TargetFailed(f"{name} did not start: {service.last_words}")
            self._origins[name] = _url(ready["port"])
            self._origins[f"{name}-control"] = _url(ready["control_port"])
        made = self.exchange([control("kms-control", "POST", "/keys", {"arn": arn}) for arn in plan.kms_keys])
        if not all(reply.ok for reply in made):
            raise TargetFailed("the KMS front refused to make the key that AWS_KMS_KEY_ARN names")

    def overlay(self) -> Mapping[str, str]:
        """What protocol.md lists, and the fake's own control port and shared secret."""
        customer, ingress, control_port = self._ports
        return {
            "TRANSCEND_URL": self._origins["transcend"],
            "INTERNAL_PORT_HTTP": str(customer),
            "EXTERNAL_PORT_HTTP": str(ingress),
            "AWS_ENDPOINT_URL_KMS": self._origins["kms"],
            "AWS_ACCESS_KEY_ID": "rehearsal",
            "AWS_SECRET_ACCESS_KEY": "rehearsal",
            "FAKE_SOMBRA_CONTROL_PORT": str(control_port),
            "FAKE_SOMBRA_INGRESS_SECRET": self.secrets.ingress_secret,
        }

    def start(self, environ: Mapping[str, str], *, instance: str) -> BootReport:
        """Start a gateway process and wait for its ready line, or for its exit."""
        began = time.monotonic()
        variables = {name: value for name, value in environ.items() if name not in REMOVED}
        variables["FAKE_SOMBRA_INSTANCE"] = instance
        process = Child.start(instance, self.gateway_command, {**clean_environment(), **variables})
        self._gateways[instance] = process  # at once, so that an interruption leaves no orphan
        if process.ready() is None:
            code = process.stop()
            self._bury(instance)
            problems = tuple(_problem(line) for line in process.lines if line.get("event") == "refused")
            opened = any(listens(port) for port in self._ports)
            problems = problems or (f"the gateway ended with exit code {code}: {process.last_words}",)
            return BootReport(instance, False, code, problems, opened, time.monotonic() - began)
        return BootReport(instance, True, None, (), True, time.monotonic() - began)

    def stop(self, instance: str) -> None:
        """SIGTERM, and wait until the process is gone; raise `TargetFailed` when it had ended by itself."""
        process = self._gateways[instance]
        code = process.ended(within_s=0.0)
        process.stop()
        self._bury(instance)
        if code is not None:
            words = process.last_words
            raise TargetFailed(
                f"the gateway {instance} ended by itself with exit code {code} ({words}); rehearse again"
            )

    def kill(self, instance: str) -> None:
        """SIGKILL, and wait until the process is gone."""
        self._gateways[instance].kill()
        self._bury(instance)

    def _bury(self, instance: str) -> None:
        """Keep the words of a gateway that is gone; until then an interrupted run still has it to stop."""
        self._ended.append(self._gateways.pop(instance))

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Calls over kept-alive connections; raise `TargetFailed` when what surrounds the gateway has ended."""
        replies = self._loop.run(exchange(self._transport, self._origins, calls))
        silent = {call.place for call, reply in zip(calls, replies, strict=True) if reply.status == 0}
        for name, service in self._services.items():
            is_suspect = any(place.startswith(name) for place in silent)
            code = service.ended(within_s=_DYING_S if is_suspect else 0.0)
            if code is not None:
                words = service.last_words
                raise TargetFailed(f"{name} ended by itself with exit code {code} ({words}); rehearse again")
        return replies

    def logs(self) -> list[Mapping[str, Any]]:
        """What every gateway printed so far, the ended ones first."""
        gateways = [*self._ended, *self._gateways.values()]
        return [line for process in gateways for line in process.lines]

    def fork(self) -> InProcessWorld:
        """Carry what survives a restart into this process; the trunk's processes go on undisturbed."""
        rows, kms = self.exchange(
            [control("transcend-control", "GET", "/snapshot"), control("kms-control", "GET", "/snapshot")]
        )
        snapshots = (rows.body, kms.body)
        if self._carried is None or self._carried.snapshots != snapshots:
            self._let_go()
            world = _load_forks()(self.secrets, kms=kms.json, rows=rows.json, upstream=self.upstream)
            self._carried = _Carried(snapshots, world)
        return self._carried.world.fork()

    def _let_go(self) -> None:
        if self._carried is not None:
            self._carried.world.close()
            self._carried = None

    def close(self) -> None:
        """Stop every process that was started, by its pid, all at the same time."""
        self._let_go()
        processes = (*self._gateways.values(), *self._services.values())
        for process in processes:
            process.ask_to_stop()
        for process in processes:
            process.stop()
        self._gateways.clear()
        self._services.clear()
        self._loop.run(self._transport.close())
        self._loop.close()
        self.folder.cleanup()


@dataclass(frozen=True, slots=True)
class Processes:
    """Worlds of real processes; `gateway_command` may run another gateway than the fake."""

    gateway_command: Sequence[str] = GATEWAY
    upstream: str | None = None
    name: str = "process"

    def open(self, plan: WorldPlan) -> ProcessWorld:
        """A fresh world with the planned KMS keys; raise `TargetFailed` when a service does not start."""
        world = ProcessWorld(
            plan.secrets, tempfile.TemporaryDirectory(prefix="sombra-rehearsal-"), self.gateway_command, self.upstream
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


def _url(port: object) -> str:
    return f"http://127.0.0.1:{port}"


def _problem(line: Mapping[str, Any]) -> str:
    item = f" item {line['item']}" if line.get("item") else ""
    return f"{line.get('variable')}{item}: {line.get('message')}"
