"""The network guard bites: on every client and on the sockets below them; loopback stays open."""

from __future__ import annotations

import _socket
import asyncio
import http.client
import socket
import urllib.request
from collections.abc import Callable
from typing import Any

import aiohttp
import boto3
import pytest
import requests
import urllib3
import uvloop
from botocore.config import Config

_OUTSIDE = "192.0.2.1"  # reserved for documentation: nobody answers there, guard or not
_NAME = "kms.eu-west-1.amazonaws.com"


def _client() -> Any:
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none").client(
        "kms", region_name="eu-west-1", config=Config(retries={"total_max_attempts": 1})
    )


def _below_python() -> None:
    with socket.socket() as owner:
        _socket.socket.connect(owner, (_OUTSIDE, 443))


def _datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as outgoing:
        outgoing.sendto(b"?", (_OUTSIDE, 53))


@pytest.mark.parametrize(
    "reach",
    [
        lambda: _client().list_keys(),
        lambda: urllib3.PoolManager(retries=False).request("GET", f"http://{_OUTSIDE}/"),
        lambda: urllib3.PoolManager(retries=False).request("GET", f"https://{_NAME}/"),
        lambda: requests.Session().get(f"http://{_OUTSIDE}/", timeout=1),
        lambda: urllib.request.build_opener().open(f"http://{_OUTSIDE}/", timeout=1),
        lambda: http.client.HTTPConnection(_OUTSIDE, timeout=1).request("GET", "/"),
        lambda: socket.create_connection((_OUTSIDE, 443), timeout=1),
        lambda: socket.getaddrinfo(_NAME, 443),
        lambda: socket.gethostbyname(_NAME),
        _below_python,
        _datagram,
    ],
    ids=[
        "boto3",
        "urllib3",
        "urllib3 by name",
        "requests",
        "urllib",
        "http.client",
        "create_connection",
        "getaddrinfo",
        "gethostbyname",
        "below Python",
        "datagram",
    ],
)
def test_nothing_leaves_this_machine(reach: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="stay on loopback"):
        reach()


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_plain_socket_does_not_leave_this_machine(method: str) -> None:
    with socket.socket() as outgoing:
        outgoing.settimeout(0.1)

        with pytest.raises(AssertionError, match=_OUTSIDE):
            getattr(outgoing, method)((_OUTSIDE, 443))


async def _stream() -> None:
    await asyncio.open_connection(_OUTSIDE, 443)


async def _session() -> None:
    async with aiohttp.ClientSession() as session:
        await session.get(f"http://{_OUTSIDE}/")


async def _by_name() -> None:
    await asyncio.get_running_loop().getaddrinfo(_NAME, 443)


async def _bare() -> None:
    with socket.socket() as outgoing:
        outgoing.setblocking(False)
        await asyncio.get_running_loop().sock_connect(outgoing, (_OUTSIDE, 443))


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("reach", [_stream, _session, _by_name, _bare])
def test_an_event_loop_does_not_leave_this_machine(
    reach: Callable[[], Any], factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with asyncio.Runner(loop_factory=factory) as runner, pytest.raises(AssertionError, match="stay on loopback"):
        runner.run(reach())


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "localhost")])
def test_loopback_stays_open(family: socket.AddressFamily, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(family) as outgoing:
        outgoing.connect((host, server.getsockname()[1]))

        assert outgoing.getpeername() == server.getsockname()
