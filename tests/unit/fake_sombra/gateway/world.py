"""A gateway, a small cloud and a caller in one process: what the tests of this folder are written with."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, ParamSpec

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fake_sombra.gateway.boot import Gateway, boot
from fake_sombra.http import Body, Loopback, Request
from fake_sombra.http_client import Sockets
from fake_sombra.logs import Collected
from tests.unit.fake_sombra.gateway.standin import Standin

_P = ParamSpec("_P")
INTERNAL_KEY = b64encode(b"an internal key of these tests").decode()
SECRET = "a shared secret of these tests"
CLOUD = "http://transcend.fake"
CUSTOMER, TRANSCEND, CONTROL = "http://customer.fake", "http://ingress.fake", "http://control.fake"
CREDENTIALS = {"authorization": "Bearer api-key", "x-sombra-authorization": f"Bearer {INTERNAL_KEY}"}


@cache
def signing_key(name: str) -> str:
    """Return one JWT_ECDSA_KEY entry; the same name is the same key within a run."""
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert name
    return b64encode(pem).decode()


def environ(*keys: str, **more: str) -> dict[str, str]:
    """Return a Local environment with these signing keys, first is current."""
    digest = hashlib.sha256(b"an internal key of these tests").digest()
    return {
        "ORGANIZATION_URI": "acme",
        "TRANSCEND_URL": CLOUD,
        "JWT_ECDSA_KEY": ",".join(signing_key(key) for key in keys or ("old",)),
        "INTERNAL_KEY_HASH": b64encode(digest).decode(),
        "FAKE_SOMBRA_INGRESS_SECRET": SECRET,
        **more,
    }


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass(slots=True)
class World:
    """One boot beside one cloud; `restart` makes the next boot over the same cloud."""

    cloud: Standin
    net: Loopback
    log: Collected
    now: list[float] = field(default_factory=list)
    kms: object = None
    gateway: Gateway = field(init=False)

    async def call(
        self,
        method: str,
        path: str,
        body: object = b"",
        *,
        origin: str = CUSTOMER,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """Send one request with good credentials and read the whole answer."""
        credentials = CREDENTIALS if origin == CUSTOMER else {"x-fake-ingress-secret": SECRET}
        content: Body = json.dumps(body).encode() if isinstance(body, dict) else body  # type: ignore[assignment]
        request = Request(method, origin + path, {**credentials, **(headers or {})}, content)
        async with self.net.send(request) as answer:
            return Seen(answer.status, answer.headers, await answer.read())

    async def ask(self, route: str, body: Mapping[str, object]) -> Seen:
        """Call the Transcend ingress."""
        return await self.call("POST", f"/fake/v1/{route}", dict(body), origin=TRANSCEND)

    async def submit(self, **more: object) -> str:
        """Submit a request and return its id."""
        subject = {"coreIdentifier": "alice", "email": "alice@example.com"}
        body = {"type": "ACCESS", "subject": subject, "subjectType": "customer", **more}
        seen = await self.call("POST", "/v1/data-subject-request", body)
        assert seen.status == 200, seen.body
        return str(seen.json["request"]["id"])

    def context(self, request_id: str) -> str:
        """Return a request's latest context."""
        return str(self.cloud.requests[request_id]["encryptedCEKContext"])

    async def nonce(self, request_id: str) -> str:
        """Return the nonce of a webhook."""
        job = {
            "requestId": request_id,
            "dataSiloId": "silo",
            "encryptedCEKContext": self.context(request_id),
            "coreIdentifier": "alice",
            "type": "ACCESS",
            "url": None,
        }
        seen = await self.ask("webhook", job)
        assert seen.status == 200, seen.body
        return str(seen.json["headers"]["x-transcend-nonce"])

    async def attach(self, request_id: str, content: Body, *, name: str = "a.pdf") -> str:
        """Upload one file and return its id."""
        headers = {
            "x-transcend-nonce": await self.nonce(request_id),
            "x-transcend-datapoint-name": name,
            "content-type": "application/pdf",
        }
        seen = await self.call("POST", "/v1/datapoint", content, headers=headers)
        assert seen.status == 200, seen.body
        return str(seen.json["fileId"])

    async def download_key(self, request_id: str) -> str:
        """Return the download key of a request's first file."""
        seen = await self.call("GET", f"/v1/data-subject-request/{request_id}/download-keys")
        assert seen.status == 200, seen.body
        return str(seen.json["nodes"][0]["downloadKey"])

    async def download(self, request_id: str) -> Seen:
        """Download a request's first file with a fresh key."""
        return await self.call("GET", f"/v1/files?downloadKey={await self.download_key(request_id)}")

    async def restart(self, environment: Mapping[str, str]) -> None:
        """Stop this boot and start another over the same cloud."""
        await self.gateway.close()
        self.gateway = _booted(environment, self)


@asynccontextmanager
async def world(environment: Mapping[str, str] | None = None, *, kms: object = None) -> AsyncIterator[World]:
    """Boot a gateway beside an empty cloud; the background report is not started."""
    here = World(cloud=Standin(), net=Loopback(), log=Collected(), now=[1_750_000_000.0], kms=kms)
    here.net.listen(CLOUD, here.cloud)
    here.gateway = _booted(environ() if environment is None else environment, here)
    try:
        yield here
    finally:
        await here.gateway.close()


def _booted(environment: Mapping[str, str], here: World) -> Gateway:
    gateway = boot(environment, transport=here.net, log=here.log, clock_source=lambda: here.now[0], kms_client=here.kms)
    here.net.listen(CUSTOMER, gateway.customer)
    here.net.listen(TRANSCEND, gateway.transcend)
    here.net.listen(CONTROL, gateway.control)
    return gateway


@asynccontextmanager
async def sockets() -> AsyncIterator[Sockets]:
    """Open a client over sockets and close it whatever happens."""
    client = Sockets()
    try:
        yield client
    finally:
        await client.close()


def is_open(port: int) -> bool:
    """Say whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until a condition holds; the deadline is that of `in_loop`."""
    while not condition():
        await asyncio.to_thread(lambda: None)


def in_loop(scenario: Callable[_P, Coroutine[Any, Any, None]]) -> Callable[_P, None]:
    """Run an async test in an event loop of its own, within a deadline."""

    @wraps(scenario)
    def test(*args: _P.args, **kwargs: _P.kwargs) -> None:
        async def within_deadline() -> None:
            async with asyncio.timeout(20):
                await scenario(*args, **kwargs)

        asyncio.run(within_deadline())

    return test
