"""The door inside a process: stock boto3 signs, serialises, retries and parses; this hook answers, not a socket."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.state import Kms

_TARGET = "TrentService."


@cache
def _session() -> boto3.Session:
    """One for all: a new session costs 50 ms, a client of an old one 2 ms (kms.md section 8)."""
    return boto3.Session(aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal")  # noqa: S106


def client(kms: Kms, *, region: str, access_key_id: str | None) -> Any:
    """A boto3 KMS client that this KMS answers; without an access key it fails as boto3 does without one."""
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 2},
        signature_version=UNSIGNED,  # nobody checks it, and the caller is known here
    )
    made = _session().client("kms", region_name=region, config=config)

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        if access_key_id is None:
            raise NoCredentialsError
        operation = _text(request.headers["X-Amz-Target"]).removeprefix(_TARGET)
        caller = kms.caller(region=region, access_key_id=access_key_id)
        try:
            status, document = 200, kms.call(operation, json.loads(request.body or b"{}"), caller)
        except KmsError as error:
            status, document = error.http_status, {"__type": error.code, "message": error.message}
        headers = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, status, headers, _Raw(json.dumps(document).encode()))

    made.meta.events.register_first("before-send.kms", answer)
    return made


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Raw:
    """What botocore reads a body from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Any:
        """The body in one piece."""
        yield self._content
