"""How a gateway starts as a process: `fake-sombra gateway`, by its environment alone, all its ports or none."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from fake_sombra import serving
from fake_sombra.errors import ConfigurationRefused
from fake_sombra.gateway.boot import Gateway, boot
from fake_sombra.http_client import Sockets
from fake_sombra.logs import JsonLines, Log
from fake_sombra.serving import Listener, PortTaken

BANNER = "a fake Sombra; never for real data"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare no option: the environment is all there is."""


def run(args: Namespace) -> int:
    """Serve until SIGTERM; return 0, or 1 when the start was refused (each reason is one `fatal` line)."""
    log = JsonLines(sys.stdout)
    try:
        serving.run(_serve(os.environ, log))
    except (ConfigurationRefused, PortTaken) as refused:
        say_refused(refused, log=log)
        return 1
    return 0


def listeners_of(gateway: Gateway) -> dict[str, Listener]:
    """Return the ports that a gateway's settings ask for, by name."""
    settings = gateway.settings
    wanted = {
        "customer": (gateway.customer, settings.internal_port, "INTERNAL_PORT_HTTP"),
        "transcend": (gateway.transcend, settings.external_port, "EXTERNAL_PORT_HTTP"),
        "control": (gateway.control, settings.control_port, "FAKE_SOMBRA_CONTROL_PORT"),
    }
    return {
        name: Listener(app, settings.host, port, variable)
        for name, (app, port, variable) in wanted.items()
        if port is not None
    }


def say_refused(refused: ConfigurationRefused | PortTaken, *, log: Log) -> None:
    """Write the one `fatal` line of each problem."""
    if isinstance(refused, PortTaken):
        log("fatal", "refused", variable=refused.variable, message=str(refused))
        return
    for problem in refused.problems:
        item = {} if problem.item is None else {"item": problem.item}
        log("fatal", "refused", variable=problem.variable, **item, message=problem.message)


async def _serve(environ: Mapping[str, str], log: Log) -> None:
    transport = Sockets()
    try:
        gateway = boot(environ, transport=transport, log=log)
        try:
            await gateway.start()
            await _listen(gateway, log)
        finally:
            await gateway.close()
    finally:
        await transport.close()


async def _listen(gateway: Gateway, log: Log) -> None:
    listeners = listeners_of(gateway)

    def say_ready(bound: tuple[int, ...]) -> None:
        ports = dict.fromkeys(("customer", "transcend", "control")) | dict(zip(listeners, bound, strict=True))
        log("info", "ready", message=BANNER, instance=gateway.instance, ports=ports)

    await serving.serve(tuple(listeners.values()), on_ready=say_ready, stop=asyncio.Event())
