"""Which attempts to leave this machine are noticed, and how: below every client, by Python's own audit events."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import uvloop
from botocore.httpsession import URLLib3Session


class NotLoopback(AssertionError):
    """A test tried to leave this machine."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, without asking anybody for its address."""
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def loopback_only() -> Iterator[None]:
    """Raise `NotLoopback` in whoever connects, sends or looks a name up beyond this machine, until the block ends."""
    _install()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Guard, "is_on", True)
        _around_botocore(patch)
        _around_uvloop(patch)
        yield


class _Guard:
    """An audit hook stays for the life of the process; this says whether it looks."""

    is_installed = False
    is_on = False


def _install() -> None:
    if not _Guard.is_installed:
        _Guard.is_installed = True
        sys.addaudithook(_audit)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    """Sees every socket of this process, whatever made it, but for those of uvloop."""
    if _Guard.is_on and event in _ASKED:
        _ASKED[event](args)


def _judge_address(args: tuple[Any, ...]) -> None:
    sock, address = args[0], args[1]
    if sock.family in {socket.AF_INET, socket.AF_INET6} and address is not None:
        _refuse(str(address[0]))


def _judge_name(args: tuple[Any, ...]) -> None:
    _refuse_name(args[0])


_ASKED: Final[Mapping[str, Callable[[tuple[Any, ...]], None]]] = {
    "socket.connect": _judge_address,
    "socket.getaddrinfo": _judge_name,
    "socket.gethostbyaddr": _judge_name,
    "socket.gethostbyname": _judge_name,
    "socket.sendmsg": _judge_address,
    "socket.sendto": _judge_address,
}


def _around_botocore(patch: pytest.MonkeyPatch) -> None:
    """Botocore would turn what is raised below it into an error of its own, and retry."""
    send: Any = URLLib3Session.send

    def guarded(self: URLLib3Session, request: Any) -> Any:
        _refuse(urlsplit(request.url).hostname or "")
        return send(self, request)

    patch.setattr(URLLib3Session, "send", guarded)


def _around_uvloop(patch: pytest.MonkeyPatch) -> None:
    """Its sockets are not Python's, so no audit event tells of them."""
    for name, judge in _OF_UVLOOP.items():
        patch.setattr(uvloop.Loop, name, _guarded(getattr(uvloop.Loop, name), judge))


def _guarded(method: Any, judge: Callable[..., None]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **more: Any) -> Any:
        judge(*args, **more)
        return method(self, *args, **more)

    return call


def _judge_connection(_: Any, host: str | None = None, *__: Any, **___: Any) -> None:
    if host is not None:
        _refuse(host)


def _judge_sock_connect(sock: socket.socket, address: Any) -> None:
    _judge_address((sock, address))


def _judge_datagram(_: Any, __: Any = None, remote_addr: Any = None, **___: Any) -> None:
    if remote_addr is not None:
        _refuse(str(remote_addr[0]))


def _judge_lookup(host: Any, *_: Any, **__: Any) -> None:
    _refuse_name(host)


_OF_UVLOOP: Final[Mapping[str, Callable[..., None]]] = {
    "create_connection": _judge_connection,
    "create_datagram_endpoint": _judge_datagram,
    "getaddrinfo": _judge_lookup,
    "sock_connect": _judge_sock_connect,
}


def _refuse_name(host: Any) -> None:
    """A question for a name leaves this machine too, unless the name is its own, or none."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name and name != socket.gethostname() and not _is_address_to_bind(name):
        _refuse(str(name))


def _is_address_to_bind(name: str) -> bool:
    try:
        return ip_address(name).is_unspecified
    except ValueError:
        return False


def _refuse(host: str) -> None:
    if not is_loopback(host):
        raise NotLoopback(f"a test tried to reach {host}; tests stay on loopback")
