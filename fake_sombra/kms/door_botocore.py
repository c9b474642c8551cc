"""The door for callers in this process: a stock boto3 client whose requests never reach a socket.

Signer, serialiser, parser and retries are botocore's own. The session knows no environment, no files and no
metadata service, so that credentials are those given here or none.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from fake_sombra.kms.protocol import Reply, exchange
from fake_sombra.kms.state import Kms

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_kms import KMSClient

_making_clients = threading.Lock()


def client(
    kms: Kms, *, region: str, access_key_id: str | None = "rehearsal", config: Config | None = None
) -> KMSClient:
    """Make a client in 2 ms (the first of a process: 60 ms); safe to share between threads.

    Without an access key id every call raises NoCredentialsError, as where no credentials are configured.
    """
    secret = None if access_key_id is None else "not checked"
    with _making_clients:  # creating clients of one session is not safe across threads
        made = _session().client(
            "kms",
            region_name=region,
            endpoint_url=f"https://kms.{region}.amazonaws.com",
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret,
            config=config if config is not None else _default_config(),
        )
    door: Any = _Door(kms)  # botocore takes the answer, its stubs say that handlers give none
    made.meta.events.register_first("before-send.kms", door)
    return made


class _Door:
    """Answers every request of one client, so that botocore never sends one."""

    def __init__(self, kms: Kms) -> None:
        self._kms = kms

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        reply = exchange(
            self._kms,
            target=_header(request, "X-Amz-Target"),
            authorization=_header(request, "Authorization"),
            body=_bytes(request.body),
        )
        headers: Any = reply.headers  # copied by AWSResponse; any mapping does
        return AWSResponse(request.url, reply.status, headers, _Raw(reply))


class _Raw:
    """The part of urllib3's response that AWSResponse reads."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._reply.body


def _header(request: AWSPreparedRequest, name: str) -> str | None:
    value: Any = request.headers.get(name)  # bytes where the signer set it
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


@cache
def _session() -> boto3.Session:
    import boto3  # noqa: PLC0415  # 0.1 s, for those who make a client
    import botocore.session  # noqa: PLC0415  # as above
    from botocore.credentials import CredentialResolver  # noqa: PLC0415  # as above

    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    session.register_component("credential_provider", CredentialResolver(providers=[]))
    return boto3.Session(botocore_session=session)


@cache
def _default_config() -> Config:
    from botocore.config import Config  # noqa: PLC0415  # as above

    return Config(retries={"mode": "standard", "total_max_attempts": 2})
