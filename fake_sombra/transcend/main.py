"""How the stand-in starts as a process: `fake-sombra transcend`, every problem at once or two open ports.

What costs time to import is imported in `run`, so that the other commands do not pay for it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.logs import JsonLines, Log

if TYPE_CHECKING:
    from fake_sombra.transcend.store import Store


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of docs/wire.md, "Processes"."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=0, help="product port (0: any free one)")
    parser.add_argument("--control-port", type=int, default=0, help="control port (0: any free one)")
    parser.add_argument("--database", default="sqlite://", help="SQLAlchemy URL (default: SQLite in memory)")
    parser.add_argument("--blobs", type=Path, help="directory of ciphertexts (default: one that goes at the end)")
    parser.add_argument("--api-key-file", type=Path, required=True, help="API keys that are let in, one a line")
    parser.add_argument("--gateway", required=True, help="URL of the gateway's Transcend ingress")
    parser.add_argument("--customer-url", help="URL of the gateway's customer ingress, as clients are told it")
    parser.add_argument("--tunnel", help="URL of that ingress as seen from here, for calls under /tunnel/")
    parser.add_argument("--ingress-secret-file", type=Path, required=True, help="secret shared with the gateway")


def run(args: Namespace) -> int:
    """Serve until SIGTERM; return 0, or 1 when a start was refused (each reason is one `fatal` line)."""
    from fake_sombra import serving  # noqa: PLC0415  see the module's docstring

    log = JsonLines(sys.stdout)
    try:
        settings = _settings(args)
        with TemporaryDirectory(prefix="fake-transcend-", ignore_cleanup_errors=True) as scratch:
            store = _open(settings, Path(scratch))
            try:
                serving.run(_serve(settings, store, log))
            finally:
                store.close()
    except ConfigurationRefused as refused:
        for problem in refused.problems:
            log("fatal", "refused", variable=problem.variable, message=problem.message)
        return 1
    except serving.PortTaken as taken:
        log("fatal", "refused", variable=taken.variable, message=str(taken))
        return 1
    return 0


@dataclass(frozen=True, slots=True)
class _Settings:
    host: str
    port: int
    control_port: int
    database: str = field(repr=False)  # a URL may hold a password
    blobs: Path | None
    gateway: str
    customer_url: str | None
    tunnel: str | None
    api_keys: tuple[str, ...] = field(repr=False)
    ingress_secret: str = field(repr=False)


def _settings(args: Namespace) -> _Settings:
    problems: list[Problem] = []
    api_keys = _lines(args.api_key_file, "--api-key-file", problems)
    secrets = _lines(args.ingress_secret_file, "--ingress-secret-file", problems)
    addresses = {"--gateway": args.gateway, "--customer-url": args.customer_url, "--tunnel": args.tunnel}
    for option, url in addresses.items():
        if url is not None and not _is_web(url):
            problems.append(Problem(option, "is not a URL such as http://127.0.0.1:5039"))
    if problems:
        raise ConfigurationRefused(tuple(problems))
    return _Settings(
        host=args.host,
        port=args.port,
        control_port=args.control_port,
        database=args.database,
        blobs=args.blobs,
        gateway=args.gateway,
        customer_url=args.customer_url,
        tunnel=args.tunnel,
        api_keys=api_keys,
        ingress_secret=secrets[0],
    )


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _lines(path: Path, option: str, problems: list[Problem]) -> tuple[str, ...]:
    try:
        lines = tuple(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(option, f"{path} cannot be read ({type(error).__name__}); name a text file"))
        return ()
    if not lines:
        problems.append(Problem(option, f"{path} is empty; write one value a line"))
    return lines


def _open(settings: _Settings, scratch: Path) -> Store:
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415  see the module's docstring

    from fake_sombra.transcend.store import Store  # noqa: PLC0415  as above

    try:
        return Store.open(settings.database, settings.blobs or scratch)
    except ValueError as error:
        raise ConfigurationRefused((Problem("--database", str(error)),)) from error
    except SQLAlchemyError as error:  # its text may hold the URL, and that a password
        message = f"cannot be opened ({type(error).__name__}); is the server up and the URL right?"
        raise ConfigurationRefused((Problem("--database", message),)) from error
    except OSError as error:
        message = f"{settings.blobs} cannot be made ({error.strerror}); name a directory that can be written"
        raise ConfigurationRefused((Problem("--blobs", message),)) from error


async def _serve(settings: _Settings, store: Store, log: Log) -> None:
    from fake_sombra.http_client import Sockets  # noqa: PLC0415  see the module's docstring
    from fake_sombra.serving import Listener, serve  # noqa: PLC0415  as above
    from fake_sombra.transcend.app import create  # noqa: PLC0415  as above

    transport = Sockets()
    standin = create(
        store,
        transport=transport,
        gateway_url=settings.gateway,
        ingress_secret=settings.ingress_secret,
        api_keys=settings.api_keys,
        clock=time.time,
        new_id=lambda: str(uuid4()),
        log=log,
        customer_url=lambda: settings.customer_url,
        tunnel_to=settings.tunnel,
    )
    listeners = (
        Listener(standin.product, settings.host, settings.port, "--port"),
        Listener(standin.control, settings.host, settings.control_port, "--control-port"),
    )
    try:
        await serve(
            listeners,
            on_ready=lambda ports: log("info", "ready", port=ports[0], control_port=ports[1]),
            stop=asyncio.Event(),
        )
    finally:
        await transport.close()
