"""How the KMS front starts as a process: `fake-sombra kms`."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.kms.control import control_app
from fake_sombra.kms.door_http import http_app
from fake_sombra.kms.state import Kms
from fake_sombra.logs import JsonLines, Log

_HOST = "127.0.0.1"
_ACCOUNT = "111122223333"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of docs/wire.md, "Processes"."""
    parser.add_argument("--port", type=int, default=0, help="product port (0: any free one)")
    parser.add_argument("--control-port", type=int, default=0, help="control port (0: any free one)")
    parser.add_argument("--account", default=_ACCOUNT, help="the AWS account of every caller (12 digits)")
    parser.add_argument("--snapshot", type=Path, help="keys to begin with, as GET /snapshot handed them out")


def run(args: Namespace) -> int:
    """Serve until SIGTERM; return 0, or 1 when a start was refused."""
    from fake_sombra import serving  # noqa: PLC0415  only a start needs uvicorn

    log = JsonLines(sys.stdout)
    try:
        serving.run(_serve(args, _kms(args), log))
    except ConfigurationRefused as refused:
        for problem in refused.problems:
            log("fatal", "refused", variable=problem.variable, message=problem.message)
        return 1
    except serving.PortTaken as taken:
        log("fatal", "refused", variable=taken.variable, message=str(taken))
        return 1
    return 0


def _kms(args: Namespace) -> Kms:
    if args.snapshot is None:
        return Kms(args.account)
    try:
        return Kms.restore(json.loads(args.snapshot.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{args.snapshot} is no snapshot of a KMS ({type(error).__name__}); write one with GET /snapshot"
        raise ConfigurationRefused((Problem("--snapshot", message),)) from error


async def _serve(args: Namespace, kms: Kms, log: Log) -> None:
    from fake_sombra.serving import Listener, serve  # noqa: PLC0415  as above

    listeners = (
        Listener(http_app(kms), _HOST, args.port, "--port"),
        Listener(control_app(kms), _HOST, args.control_port, "--control-port"),
    )
    await serve(
        listeners,
        on_ready=lambda ports: log("info", "ready", port=ports[0], control_port=ports[1]),
        stop=asyncio.Event(),
    )
