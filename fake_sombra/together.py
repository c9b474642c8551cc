"""How the whole fake world runs in one process: `fake-sombra all`, one gateway between its two neighbours.

The three speak to each other by plain calls; every port is open for hands besides. The gateway's environment
is taken as it is, but for TRANSCEND_URL, a shared secret where none is given, and ports that default to any
free one.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

from fake_sombra import serving
from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.gateway.boot import Gateway, boot
from fake_sombra.gateway.main import BANNER, listeners_of, say_refused
from fake_sombra.http import Answer, Loopback, Request, Transport
from fake_sombra.http_client import Sockets
from fake_sombra.kms import Kms, control_app, product_app
from fake_sombra.logs import JsonLines, Log
from fake_sombra.serving import Listener, PortTaken
from fake_sombra.transcend.app import create
from fake_sombra.transcend.store import Store

_CLOUD, _INGRESS = "http://transcend.fake", "http://gateway.fake"
_PORTS = ("INTERNAL_PORT_HTTP", "EXTERNAL_PORT_HTTP", "FAKE_SOMBRA_CONTROL_PORT")
_ACCOUNT = "111122223333"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the one option: who may call."""
    parser.add_argument("--api-key-file", type=Path, required=True, help="API keys that are let in, one a line")


def run(args: Namespace) -> int:
    """Serve until SIGTERM; return 0, or 1 when the start was refused (each reason is one `fatal` line)."""
    log = JsonLines(sys.stdout)
    try:
        serving.run(_serve(os.environ, _api_keys(args.api_key_file), log))
    except (ConfigurationRefused, PortTaken) as refused:
        say_refused(refused, log=log)
        return 1
    return 0


class Within:
    """Carries calls between the parts of this process, and all others over sockets."""

    def __init__(self, inside: Loopback, outside: Transport) -> None:
        self._inside = inside
        self._outside = outside

    def send(self, request: Request) -> AbstractAsyncContextManager[Answer]:
        """Raise `NoAnswer` when nobody listens."""
        is_inside = request.url.startswith((f"{_CLOUD}/", f"{_INGRESS}/"))
        return (self._inside if is_inside else self._outside).send(request)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._inside.close()
        await self._outside.close()


async def _serve(environ: Mapping[str, str], api_keys: Collection[str], log: Log) -> None:
    inside = Loopback()
    transport = Within(inside, Sockets())
    secret = environ.get("FAKE_SOMBRA_INGRESS_SECRET") or secrets.token_urlsafe(32)
    overlay = {"TRANSCEND_URL": _CLOUD, "FAKE_SOMBRA_INGRESS_SECRET": secret}
    variables = {**dict.fromkeys(_PORTS, "0"), **environ, **overlay}
    kms, store = _kms(variables), Store.create()
    told: dict[str, str] = {}  # addresses that are known once the ports are
    cloud = create(
        store,
        transport=transport,
        gateway_url=_INGRESS,
        ingress_secret=secret,
        api_keys=api_keys,
        clock=time.time,
        new_id=lambda: str(uuid4()),
        log=log,
        customer_url=lambda: told.get("customer"),
    )
    inside.listen(_CLOUD, cloud.product)
    try:
        gateway = boot(variables, transport=transport, log=log, kms_client=_client(kms, variables))
        inside.listen(_INGRESS, gateway.transcend)
        neighbours = {
            "standin": Listener(cloud.product, gateway.settings.host, 0),
            "standin_control": Listener(cloud.control, gateway.settings.host, 0),
            "kms": Listener(product_app(kms), gateway.settings.host, 0),
            "kms_control": Listener(control_app(kms), gateway.settings.host, 0),
        }
        await _listen(gateway, neighbours, told, log)
    finally:
        await transport.close()
        store.close()


async def _listen(gateway: Gateway, neighbours: Mapping[str, Listener], told: dict[str, str], log: Log) -> None:
    listeners = {**listeners_of(gateway), **neighbours}

    def say_ready(bound: tuple[int, ...]) -> None:
        ports = dict(zip(listeners, bound, strict=True))
        told["customer"] = f"http://{gateway.settings.host}:{ports['customer']}"
        log("info", "ready", message=BANNER, instance=gateway.instance, ports=ports)

    try:
        await gateway.start()
        await serving.serve(tuple(listeners.values()), on_ready=say_ready, stop=asyncio.Event())
    finally:
        await gateway.close()


def _kms(environ: Mapping[str, str]) -> Kms:
    """A KMS that holds exactly the key which the environment names, in that key's account and region."""
    arn = environ.get("AWS_KMS_KEY_ARN", "")
    parts = arn.split(":")
    is_key = len(parts) == 6 and parts[5].startswith("key/")
    kms = Kms(parts[4] if is_key else _ACCOUNT)
    if is_key and environ.get("KMS_PROVIDER") == "AWS":
        try:
            kms.add_key(arn)
        except ValueError as error:
            raise ConfigurationRefused((Problem("AWS_KMS_KEY_ARN", str(error)),)) from error
    return kms


def _client(kms: Kms, environ: Mapping[str, str]) -> Any:
    region = environ.get("AWS_REGION")
    if environ.get("KMS_PROVIDER") != "AWS" or not region:
        return None
    from fake_sombra.kms.door_botocore import client  # noqa: PLC0415  boto3 costs 0.2 s that Local need not pay

    return client(kms, region=region, access_key_id=environ.get("AWS_ACCESS_KEY_ID"))


def _api_keys(path: Path) -> tuple[str, ...]:
    try:
        keys = tuple(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read ({type(error).__name__}); name a text file"
        raise ConfigurationRefused((Problem("--api-key-file", message),)) from error
    if not keys:
        raise ConfigurationRefused((Problem("--api-key-file", f"{path} is empty; write one key a line"),))
    return keys
