"""The world as real processes on loopback: gateway, stand-in and KMS front, started, stopped and killed for real."""

from __future__ import annotations

import json
import os
import secrets as random_source
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_sombra.http_client import Sockets
from harness.target import BootReport, Call, Reply, Secrets, TargetFailed, WorldPlan, control
from harness.targets.inprocess import REMOVED, InProcessWorld, from_snapshot
from harness.targets.wire import LoopThread, exchange

GATEWAY = (sys.executable, "-m", "fake_sombra", "gateway")
START_DEADLINE_S = 15.0
STOP_DEADLINE_S = 15.0
_LOWEST, _HIGHEST = 20_000, 32_000  # below the range the kernel hands out to outgoing connections


def free_port() -> int:
    """A port nobody listens on now, out of the kernel's own range, so that no client socket takes it later."""
    while True:
        port = _LOWEST + random_source.randbelow(_HIGHEST - _LOWEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass(slots=True)
class _Process:
    """One service: its log lines as they come, and a condition that rings with each."""

    name: str
    process: subprocess.Popen[str]
    lines: list[Mapping[str, Any]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    _rung: threading.Condition = field(default_factory=threading.Condition)
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @classmethod
    def start(cls, name: str, command: Sequence[str], environ: Mapping[str, str]) -> _Process:
        process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C reaches the harness alone, which then stops what it started
        )
        return cls(name, process)

    def _read(self) -> None:
        stream = self.process.stdout
        for line in stream or ():
            try:
                entry = json.loads(line)
            except ValueError:
                self.words.append(line.rstrip()[:300])
                continue
            with self._rung:
                self.lines.append(entry)
                self._rung.notify_all()
        with self._rung:
            self._rung.notify_all()

    def ready(self) -> Mapping[str, Any] | None:
        """Wait for the ready line, or for the end of the process."""
        deadline = time.monotonic() + START_DEADLINE_S
        with self._rung:
            while True:
                found = next((line for line in self.lines if line.get("event") == "ready"), None)
                if found is not None or not self._reader.is_alive() or time.monotonic() > deadline:
                    return found
                self._rung.wait(0.25)

    def stop(self) -> int:
        """SIGTERM, and SIGKILL past the deadline; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.join(STOP_DEADLINE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@dataclass(slots=True)
class ProcessWorld:
    """Three processes on ephemeral ports; the addresses stay the same over every stop and start."""

    secrets: Secrets
    folder: tempfile.TemporaryDirectory[str]
    gateway_command: Sequence[str]
    target: str = "process"
    _loop: LoopThread = field(default_factory=LoopThread)
    _transport: Sockets = field(default_factory=Sockets)
    _ports: tuple[int, int, int] = field(default_factory=lambda: (free_port(), free_port(), free_port()))
    _services: dict[str, _Process] = field(default_factory=dict)
    _gateways: dict[str, _Process] = field(default_factory=dict)
    _ended: list[_Process] = field(default_factory=list)
    _origins: dict[str, str] = field(default_factory=dict)

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
        base = (sys.executable, "-m", "fake_sombra")
        clean = _clean_environment()
        self._services["transcend"] = _Process.start("transcend", (*base, "transcend", *transcend, *gateway), clean)
        self._services["kms"] = _Process.start("kms", (*base, "kms"), clean)
        for name, service in self._services.items():
            ready = service.ready()
            if ready is None:
                raise TargetFailed(f"{name} did not start: {_last_words(service)}")
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
        process = _Process.start(instance, self.gateway_command, {**_clean_environment(), **variables})
        if process.ready() is None:
            code = process.stop()
            self._ended.append(process)
            problems = tuple(_problem(line) for line in process.lines if line.get("event") == "refused")
            opened = any(_listens(port) for port in self._ports)
            problems = problems or (f"the gateway ended with exit code {code}: {_last_words(process)}",)
            return BootReport(instance, False, code, problems, opened, time.monotonic() - began)
        self._gateways[instance] = process
        return BootReport(instance, True, None, (), True, time.monotonic() - began)

    def stop(self, instance: str) -> None:
        """SIGTERM, and wait until the process is gone."""
        process = self._gateways.pop(instance)
        process.stop()
        self._ended.append(process)

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Calls over kept-alive connections."""
        return self._loop.run(exchange(self._transport, self._origins, calls))

    def logs(self) -> list[Mapping[str, Any]]:
        """What every gateway printed so far, the ended ones first."""
        gateways = [*self._ended, *self._gateways.values()]
        return [line for process in gateways for line in process.lines]

    def fork(self) -> InProcessWorld:
        """Carry what survives a restart into this process; the trunk's processes go on undisturbed."""
        rows, kms = self.exchange(
            [control("transcend-control", "GET", "/snapshot"), control("kms-control", "GET", "/snapshot")]
        )
        return from_snapshot(self.secrets, kms=kms.json, rows=rows.json)

    def close(self) -> None:
        """Stop every process that was started, by its pid."""
        for process in (*self._gateways.values(), *self._services.values()):
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
    name: str = "process"

    def open(self, plan: WorldPlan) -> ProcessWorld:
        """A fresh world with the planned KMS keys; raise `TargetFailed` when a service does not start."""
        world = ProcessWorld(
            plan.secrets, tempfile.TemporaryDirectory(prefix="sombra-rehearsal-"), self.gateway_command
        )
        try:
            world.surround(plan)
        except BaseException:
            world.close()
            raise
        return world


def _url(port: object) -> str:
    return f"http://127.0.0.1:{port}"


def _clean_environment() -> dict[str, str]:
    """What a process needs to run at all; nothing of the operator's own shell decides a rehearsal."""
    kept = ("PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, "AWS_EC2_METADATA_DISABLED": "true"}


def _problem(line: Mapping[str, Any]) -> str:
    item = f" item {line['item']}" if line.get("item") else ""
    return f"{line.get('variable')}{item}: {line.get('message')}"


def _last_words(process: _Process) -> str:
    said = [str(line.get("message", line.get("event"))) for line in process.lines] + process.words
    return "; ".join(said[-3:]) or "it said nothing"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
