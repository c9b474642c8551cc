"""The network guard: no test reaches a host that is not this machine's loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.httpsession import URLLib3Session


class NotLoopback(AssertionError):
    """A test tried to leave this machine."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, without asking anybody for its address."""
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """For the whole run; subprocesses have guards of their own: they are started with loopback addresses."""
    send: Any = URLLib3Session.send
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_send(self: URLLib3Session, request: Any) -> Any:
        _refuse(urlsplit(request.url).hostname or "")
        return send(self, request)

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _judge(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _judge(self, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(URLLib3Session, "send", guarded_send)
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def _judge(sock: socket.socket, address: Any) -> None:
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        _refuse(str(address[0]))


def _refuse(host: str) -> None:
    if not is_loopback(host):
        raise NotLoopback(f"a test tried to reach {host}; tests stay on loopback")
