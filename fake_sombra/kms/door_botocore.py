"""The door for callers in this process: a stock boto3 client whose requests never reach a socket.

Signer, serialiser, parser and retries are botocore's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from fake_sombra.kms.boto_session import make_client
from fake_sombra.kms.incoming import Incoming
from fake_sombra.kms.protocol import exchange
from fake_sombra.kms.replies import Reply
from fake_sombra.kms.state import Kms

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_kms import KMSClient


def client(
    kms: Kms,
    *,
    region: str,
    access_key_id: str | None = "rehearsal",
    config: Config | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> KMSClient:
    """Make a client in 2 ms (the first of a process: 60 ms); safe to share between threads.

    Without an access key id every call raises NoCredentialsError, as where no credentials are configured.
    Answers that a fault delays wait in `sleep`, up to the client's read timeout.
    """
    made = make_client(
        region=region,
        endpoint=f"https://kms.{region}.amazonaws.com",
        access_key_id=access_key_id,
        config=config if config is not None else _default_config(),
    )
    attach(made, kms, sleep=sleep)
    return made


def attach(made: KMSClient, kms: Kms, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Put a KMS behind a client that exists already."""
    settings: Any = made.meta.config  # the stubs know no setting by name
    # botocore takes the answer; its stubs say that handlers give none
    door: Any = _Door(kms, sleep, settings.read_timeout)
    made.meta.events.register_first("before-send.kms", door)


class _Door:
    """Answers every request of one client, so that botocore never sends one."""

    def __init__(self, kms: Kms, sleep: Callable[[float], None], read_timeout_s: float) -> None:
        self._kms = kms
        self._sleep = sleep
        self._read_timeout_s = read_timeout_s

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        reply = exchange(self._kms, _incoming(request))
        self._deliver(reply, request.url)
        headers: Any = reply.headers  # copied by AWSResponse; any mapping does
        return AWSResponse(request.url, reply.status, headers, _Raw(reply))

    def _deliver(self, reply: Reply, url: str) -> None:
        """Wait as the caller of a socket would, and fail as one does."""
        if reply.delay_s:
            self._sleep(min(reply.delay_s, self._read_timeout_s))
        if reply.cut == "refused":
            raise EndpointConnectionError(endpoint_url=url)
        if reply.cut == "lost":
            raise ConnectionClosedError(endpoint_url=url)
        if reply.delay_s > self._read_timeout_s:
            raise ReadTimeoutError(endpoint_url=url)


class _Raw:
    """The part of urllib3's response that AWSResponse reads."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._reply.body


def _incoming(request: AWSPreparedRequest) -> Incoming:
    """What a socket would have carried; its host is the only header that botocore leaves to it."""

    def header(name: str) -> str | None:
        value: Any = request.headers.get(name)  # bytes where the signer set it
        if value is None and name == "host":
            return urlsplit(request.url).netloc
        return value.decode("latin-1") if isinstance(value, bytes) else value

    place = urlsplit(request.url)
    return Incoming(header, _bytes(request.body), str(request.method), place.path or "/", place.query)


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


@cache
def _default_config() -> Config:
    from botocore.config import Config  # noqa: PLC0415  # as above

    return Config(retries={"mode": "standard", "total_max_attempts": 2})
