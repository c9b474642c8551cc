"""`sombra-rehearsal serve` as a process of its own, and calls to it over sockets."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.e2e.commands import started


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def cause(self) -> str:
        """The code of a refusal."""
        return str(self.json["error"]["code"])


@dataclass(frozen=True, slots=True)
class Serving:
    """A running serve: its process, its ready line."""

    process: subprocess.Popen[str]
    ready: Mapping[str, Any] = field(repr=False)

    def control(self, method: str, path: str, document: object = None) -> Answered:
        """A call to the control URL."""
        return call(method, self.ready["control_url"] + path, document)

    def sombra(self, method: str, path: str, document: object = None, **headers: str) -> Answered:
        """A call to the customer ingress with both keys; `x_transcend_nonce=…` is the header of that name."""
        keys = {
            "authorization": f"Bearer {self.ready['api_key']}",
            "x-sombra-authorization": f"Bearer {self.ready['internal_key']}",
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return call(method, self.ready["sombra_url"] + path, document, headers={**keys, **named})


def call(method: str, url: str, document: object = None, *, headers: Mapping[str, str] | None = None) -> Answered:
    """One HTTP call, with JSON or with bytes as they are; status 0 when nobody listens."""
    body, kind = _body(document)
    request = Request(url, body, {**kind, **(headers or {})}, method=method)  # noqa: S310  of the ready line
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310  as above
            return Answered(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except HTTPError as refused:
        with refused:
            return Answered(refused.code, {k.lower(): v for k, v in refused.headers.items()}, refused.read())
    except OSError:
        return Answered(0, {}, b"")


def _body(document: object) -> tuple[bytes | None, dict[str, str]]:
    if document is None:
        return None, {}
    if isinstance(document, bytes):
        return document, {"content-type": "application/octet-stream"}
    return json.dumps(document).encode(), {"content-type": "application/json"}


@contextmanager
def serving(*arguments: str) -> Iterator[Serving]:
    """A world that is up; the block may end it, else it is killed and its warden cleans up."""
    with started("harness", "serve", *arguments) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            _, errors = process.communicate()
            raise AssertionError(f"serve did not start: {errors}")
        yield Serving(process, json.loads(line))
