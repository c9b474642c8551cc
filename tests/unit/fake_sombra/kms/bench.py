"""A KMS with two keys on a bench, and stock boto3 clients for either of its doors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from fake_sombra import serving
from fake_sombra.http import Scope
from fake_sombra.kms import Caller, Kms, KmsError, product_app
from fake_sombra.kms.asgi import Receive, Send
from fake_sombra.kms.boto_session import make_client
from fake_sombra.kms.door_botocore import client

ACCOUNT: Final = "111122223333"
STRANGER: Final = "999999999999"
REGION: Final = "eu-west-1"
ELSEWHERE: Final = "us-east-1"
KEY_ID: Final = "11111111-2222-3333-4444-555555555555"
ARN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY_ID}"
OTHER: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/66666666-7777-8888-9999-000000000000"
SIGNING: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12121212-2222-3333-4444-555555555555"
MISSING: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
ALIAS: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/gateway"
CALLER: Final = Caller(REGION, "AKIATEST")
PRINCIPAL: Final = f"arn:aws:iam::{ACCOUNT}:user/AKIATEST"
PLAINTEXT: Final = b"thirty-two bytes of a secret CEK"

MakeClient = Callable[[Kms, str], Any]


def new_kms() -> Kms:
    """Two symmetric keys, a signing key and an alias of the first."""
    kms = Kms(ACCOUNT)
    kms.add_key(ARN)
    kms.add_key(OTHER)
    kms.add_key(SIGNING, usage="SIGN_VERIFY")
    kms.add_alias(ALIAS, ARN)
    return kms


@dataclass(slots=True)
class Refused:
    """What a refused call looks like to a caller of boto3."""

    code: str
    message: str
    status: int


@dataclass(slots=True)
class Bench:
    """A fresh KMS behind one door; `invoke` never raises for a refusal."""

    make: MakeClient
    kms: Kms = field(default_factory=new_kms)
    _clients: dict[str, Any] = field(default_factory=dict)

    def invoke(
        self, operation: str, parameters: Mapping[str, Any], *, region: str = REGION
    ) -> dict[str, Any] | Refused:
        """Call one operation through the door."""
        if region not in self._clients:
            self._clients[region] = self.make(self.kms, region)
        boto = self._clients[region]
        method = getattr(boto, boto_name(operation))
        try:
            answer: dict[str, Any] = method(**parameters)
        except ClientError as error:
            details = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return Refused(details["Code"], details["Message"], status)
        return answer

    def ok(self, operation: str, *, region: str = REGION, **parameters: Any) -> dict[str, Any]:
        """Call an operation that must succeed."""
        answer = self.invoke(operation, parameters, region=region)
        assert not isinstance(answer, Refused), answer
        return answer

    def refused(self, operation: str, *, region: str = REGION, **parameters: Any) -> Refused:
        """Call an operation that must be refused."""
        answer = self.invoke(operation, parameters, region=region)
        assert isinstance(answer, Refused), "the call succeeded"
        return answer

    def blob(self, **parameters: Any) -> bytes:
        """Encrypt the plaintext under the first key."""
        asked = {"KeyId": ARN, "Plaintext": PLAINTEXT, **parameters}
        blob = self.ok("Encrypt", **asked)["CiphertextBlob"]
        assert isinstance(blob, bytes)
        return blob

    def close(self) -> None:
        """Let go of the clients' connections."""
        for each in self._clients.values():
            each.close()


def boto_name(operation: str) -> str:
    """`GenerateDataKey` as boto3 calls it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation)[1:]


def in_process(kms: Kms, region: str) -> Any:
    """A client of the botocore door."""
    return client(kms, region=region, access_key_id=CALLER.access_key_id)


class HttpDoor:
    """The product port on a real socket; each client chooses the KMS that answers from then on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.address = f"http://127.0.0.1:{port}"
        self.kms = Kms()

    def __call__(self, kms: Kms, region: str) -> Any:
        self.kms = kms
        return make_client(
            region=region,
            endpoint=self.address,
            access_key_id=CALLER.access_key_id,
            config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 1}),
        )


@contextmanager
def http_door() -> Iterator[HttpDoor]:
    """Serve on an ephemeral loopback port until the block ends."""
    doors: list[HttpDoor] = []
    stops: list[Callable[[], object]] = []
    ready = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await product_app(doors[0].kms)(scope, receive, send)

    async def serve() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))

        def on_ready(ports: tuple[int, ...]) -> None:
            doors.append(HttpDoor(ports[0]))
            ready.set()

        await serving.serve((serving.Listener(app, "127.0.0.1", 0),), on_ready=on_ready, stop=stop)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="kms-front")
    thread.start()
    assert ready.wait(10), "the front did not start"
    yield doors[0]
    stops[0]()
    thread.join(10)


def call(kms: Kms, operation: str, body: Mapping[str, Any], caller: Caller = CALLER) -> Mapping[str, Any]:
    """Call the rules themselves, blobs in base64."""
    return kms.call(operation, body, caller)


def code_of(kms: Kms, operation: str, body: Mapping[str, Any], caller: Caller = CALLER) -> str:
    """The error code a call ends with, or `ok`."""
    try:
        kms.call(operation, body, caller)
    except KmsError as error:
        return error.code
    return "ok"
