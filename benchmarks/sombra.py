"""The Sombra under measurement: the rehearsal's own processes, one live gateway, and files to ask it for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.options import BenchmarkFailed
from fake_sombra.http import Request
from fake_sombra.http_client import Sockets
from fake_sombra.serving import run
from harness.artifacts import Submitted
from harness.generated import ARN, before_and_after
from harness.rehearsal.wire import Cloud, Customer
from harness.runner import DEFAULT_ACCOUNT
from harness.target import Call, Reply, Secrets, World, WorldPlan
from harness.targets import Processes

Provider = Literal["local", "AWS"]
PROVIDERS: tuple[Provider, ...] = ("local", "AWS")


@dataclass(slots=True)
class Sombra:
    """A world of processes; `start` and `stop` are those of a rehearsal."""

    world: World
    secrets: Secrets
    overlay: Mapping[str, str]
    _boots: int = 0
    _environments: Mapping[Provider, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def start(self, provider: Provider) -> str:
        """Start a gateway under a provider and return its name once it is ready."""
        self._boots += 1
        instance = f"{provider}-{self._boots}"
        environ = {**self._environments[provider], **self.overlay, "INTERNAL_KEY_HASH": self.secrets.internal_key_hash}
        report = self.world.start(environ, instance=instance)
        if not report.accepted:
            raise BenchmarkFailed(f"the gateway did not start: {'; '.join(report.problems)}")
        return instance

    @property
    def port(self) -> int:
        """The customer ingress."""
        return int(self.overlay["INTERNAL_PORT_HTTP"])

    @property
    def pid(self) -> int:
        """The live gateway's process, as its control plane tells it."""
        request = Request("GET", f"http://127.0.0.1:{self.overlay['FAKE_SOMBRA_CONTROL_PORT']}/state")
        return int(json.loads(run(_answer_to(request))[1])["pid"])

    @property
    def customer(self) -> Customer:
        """How its calls are spelled."""
        return Customer(self.secrets)

    def ask(self, call: Call) -> Reply:
        """Make one call, which must succeed."""
        reply = self.world.exchange([call])[0]
        if not reply.ok:
            raise BenchmarkFailed(f"{call.method} {call.path.partition('?')[0]} was refused: {reply.cause}")
        return reply

    def is_healthy(self) -> bool:
        """Both listeners answer `/health`."""
        calls = [self.customer.health(), self.customer.health("ingress")]
        return all(reply.ok for reply in self.world.exchange(calls))

    def nonce(self, name: str) -> tuple[str, str]:
        """Submit a request; return its id and a nonce for it."""
        request = Submitted(name, "", "COMPILING", f"{name}@example.com", f"core-{name}")
        request_id = str(self.ask(self.customer.submit(request)).json["request"]["id"])
        status = json.dumps({"status": "COMPILING"}).encode()
        content = {"content-type": "application/json"}
        self.ask(Call("POST", "transcend-control", f"/requests/{request_id}/status", content, status))
        hook = Cloud(self.secrets)("POST", f"requests/{request_id}/webhook", {"dataSiloId": "crm", "url": None})
        return request_id, str(self.ask(hook).json["headers"]["x-transcend-nonce"])

    def attach(self, nonce: str, content: bytes) -> None:
        """Upload a small file."""
        self.ask(self.customer.datapoint(nonce, "export.bin", content))

    def attach_stream(self, nonce: str, *, size: int) -> None:
        """Upload a large file from memory that does not grow with it."""
        call = self.customer.datapoint(nonce, "export.bin", b"")
        request = Request("POST", f"http://127.0.0.1:{self.port}{call.path}", call.headers, _blocks(size))
        status, _ = run(_answer_to(request))
        if status != 200:
            raise BenchmarkFailed(f"the upload was refused with {status}")

    def download_of(self, request_id: str, *, keep_alive: bool = True) -> bytes:
        """The bytes of a `GET /v1/files` for the first file of a request."""
        nodes = self.ask(self.customer.download_keys(request_id)).json["nodes"]
        call = self.customer.download(str(nodes[0]["downloadKey"]))
        headers = {"host": f"127.0.0.1:{self.port}", **call.headers}
        if not keep_alive:
            headers["connection"] = "close"
        lines = [f"{call.method} {call.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@contextmanager
def sombra() -> Iterator[Sombra]:
    """Stand-in and KMS front, with the key that the AWS environment names; no gateway yet."""
    secrets = Secrets.fresh()
    before, after = before_and_after()
    world = Processes().open(WorldPlan((ARN,), DEFAULT_ACCOUNT, secrets))
    try:
        environments: Mapping[Provider, Mapping[str, str]] = {"local": before.variables, "AWS": after.variables}
        yield Sombra(world, secrets, world.overlay(), _environments=environments)
    finally:
        world.close()


async def _blocks(size: int) -> AsyncIterator[bytes]:
    block = bytes(1 << 20)
    for start in range(0, size, len(block)):
        yield block[: min(len(block), size - start)]


async def _answer_to(request: Request) -> tuple[int, bytes]:
    sockets = Sockets()
    try:
        async with sockets.send(request) as answer:
            return answer.status, await answer.read()
    finally:
        await sockets.close()
