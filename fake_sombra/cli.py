"""What `fake-sombra` does on a command line: start one service of the fake world, or say why it does not."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fake_sombra.errors import ConfigurationRefused
from fake_sombra.logs import JsonLines, Log

if TYPE_CHECKING:
    from fake_sombra.gateway.boot import Gateway

_COMMANDS = {
    "gateway": "the gateway, configured by its environment alone",
    "transcend": "the stand-in for Transcend's cloud",
    "kms": "the strict front of an emulated KMS",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 after a stop on request, 1 when it could not start."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="fake-sombra",
        description="A fake Sombra and what stands on either side of it. Never for real data.",
        epilog="; ".join(f"{name}: {what}" for name, what in _COMMANDS.items()),
    )
    parser.add_argument("command", choices=tuple(_COMMANDS))
    command: str = parser.parse_args(arguments[:1]).command
    own = argparse.ArgumentParser(prog=f"fake-sombra {command}", description=_COMMANDS[command])
    if command == "gateway":
        own.parse_args(arguments[1:])
        return _gateway(os.environ)
    module = importlib.import_module(f"fake_sombra.{command}.main")
    module.add_arguments(own)
    return int(module.run(own.parse_args(arguments[1:])))


def _gateway(environ: Mapping[str, str]) -> int:
    from fake_sombra import serving  # noqa: PLC0415  # the other commands do not need it

    return serving.run(_serve_gateway(environ, log=JsonLines(sys.stdout)))


async def _serve_gateway(environ: Mapping[str, str], *, log: Log) -> int:
    from fake_sombra.gateway.boot import boot  # noqa: PLC0415  # as above
    from fake_sombra.http_client import Sockets  # noqa: PLC0415  # as above

    transport = Sockets()
    try:
        gateway = boot(environ, transport=transport, log=log)
        await gateway.start()
    except ConfigurationRefused as refused:
        _say_refused(refused, log=log)
        await transport.close()
        return 1
    try:
        return await _listen(gateway, log=log)
    finally:
        await gateway.close()
        await transport.close()


async def _listen(gateway: Gateway, *, log: Log) -> int:
    from fake_sombra.serving import Listener, PortTaken, serve  # noqa: PLC0415  # loaded by then

    settings = gateway.settings
    wanted = {
        "customer": (gateway.customer, settings.internal_port, "INTERNAL_PORT_HTTP"),
        "transcend": (gateway.transcend, settings.external_port, "EXTERNAL_PORT_HTTP"),
        "control": (gateway.control, settings.control_port, "FAKE_SOMBRA_CONTROL_PORT"),
    }
    listeners = {
        name: Listener(app, "127.0.0.1", port, variable)
        for name, (app, port, variable) in wanted.items()
        if port is not None
    }

    def say_ready(ports: tuple[int, ...]) -> None:
        bound = dict(zip(listeners, ports, strict=True))
        log(
            "info",
            "ready",
            message="a fake Sombra gateway; never for real data",
            instance=gateway.instance,
            ports={name: bound.get(name) for name in wanted},
        )

    try:
        await serve(tuple(listeners.values()), on_ready=say_ready, stop=asyncio.Event())
    except PortTaken as taken:
        log("fatal", "refused", variable=taken.variable, message=str(taken))
        return 1
    return 0


def _say_refused(refused: ConfigurationRefused, *, log: Log) -> None:
    for problem in refused.problems:
        item = {} if problem.item is None else {"item": problem.item}
        log("fatal", "refused", variable=problem.variable, **item, message=problem.message)
