"""The network guard bites: on botocore, on plain sockets, on asyncio; loopback stays open."""

from __future__ import annotations

import asyncio
import socket

import boto3
import pytest
from botocore.config import Config

_OUTSIDE = "192.0.2.1"  # reserved for documentation: nobody answers there, guard or not


def test_a_client_of_a_real_kms_does_not_leave_this_machine() -> None:
    client = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none").client(
        "kms", region_name="eu-west-1", config=Config(retries={"total_max_attempts": 1})
    )

    with pytest.raises(AssertionError, match="stay on loopback"):
        client.list_keys()


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_plain_socket_does_not_leave_this_machine(method: str) -> None:
    with socket.socket() as outgoing:
        outgoing.settimeout(0.1)

        with pytest.raises(AssertionError, match=_OUTSIDE):
            getattr(outgoing, method)((_OUTSIDE, 443))


def test_an_event_loop_does_not_leave_this_machine() -> None:
    async def reach() -> None:
        await asyncio.open_connection(_OUTSIDE, 443)

    with pytest.raises(AssertionError, match=_OUTSIDE):
        asyncio.run(reach())


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "localhost")])
def test_loopback_stays_open(family: socket.AddressFamily, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(family) as outgoing:
        outgoing.connect((host, server.getsockname()[1]))

        assert outgoing.getpeername() == server.getsockname()
