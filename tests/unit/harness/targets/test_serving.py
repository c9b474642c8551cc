"""Applications beside a world: on loopback, all ports or none, closed for good."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from urllib.request import urlopen

import pytest

from harness.target import TargetFailed
from harness.targets.child import listens
from harness.targets.serving import Message, Scope, Served


async def _app(
    scope: Scope, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def test_each_application_has_a_port_of_its_own_until_it_is_closed() -> None:
    served = Served.start({"control": _app, "admin": _app}, {})
    ports = list(served.ports.values())
    with urlopen(f"http://127.0.0.1:{ports[0]}/") as answer:
        body = answer.read()
    served.close()

    assert body == b"ok"
    assert len(set(ports)) == 2
    assert not any(listens(port) for port in ports)


def test_a_port_that_is_taken_is_named_with_its_flag_and_no_other_is_opened() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]

        with pytest.raises(TargetFailed, match=rf"127\.0\.0\.1:{taken} .*--admin-port"):
            Served.start({"control": _app, "admin": _app}, {"admin": taken})
