"""How the KMS front starts as a process: `fake-sombra kms`, a clear refusal or two open ports."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from argparse import ArgumentParser, Namespace
from pathlib import Path

from fake_sombra import serving
from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.kms.control import control_app
from fake_sombra.kms.credentials import Credential
from fake_sombra.kms.door_http import product_app
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.faults.fault import Fault
from fake_sombra.kms.faults.spec import BadSpec, parse
from fake_sombra.kms.material import Backend
from fake_sombra.kms.state import Kms
from fake_sombra.kms.vault import KeyExists
from fake_sombra.logs import JsonLines, Log


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of docs/wire.md, "Processes"."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument("--port", type=int, default=0, help="product port (0: any free one)")
    parser.add_argument("--control-port", type=int, default=0, help="control port (0: any free one)")
    parser.add_argument("--account", help="the account of every caller (default: that of the first key)")
    parser.add_argument("--upstream", metavar="URL", help="keep key material in this KMS (default: moto, embedded)")
    parser.add_argument("--key", metavar="ARN", action="append", default=[], help="a key that exists from the start")
    parser.add_argument("--snapshot", type=Path, help="start with the keys of a GET /snapshot")
    parser.add_argument(
        "--credentials",
        type=Path,
        metavar="FILE",
        help="check signatures: a JSON list of access keys",
    )
    parser.add_argument("--faults", metavar="SPEC", help="faults active from the start, such as *:latency(20ms,200ms)")


def run(args: Namespace) -> int:
    """Serve until SIGTERM; return 0, or 1 when the start was refused (each reason is one `fatal` line)."""
    log = JsonLines(sys.stdout)
    try:
        kms = _kms(args.snapshot, _account(args.account), _upstream(args.upstream))
        kms.faults.add(_faults(args.faults))
        for credential in _credentials(args.credentials):
            kms.admit(credential)
        _make(kms, args.key)
        serving.run(_serve(kms, args, log))
    except ConfigurationRefused as refused:
        for problem in refused.problems:
            log("fatal", "refused", variable=problem.variable, message=problem.message)
        return 1
    except serving.PortTaken as taken:
        log("fatal", "refused", variable=taken.variable, message=str(taken))
        return 1
    return 0


def _account(given: str | None) -> str | None:
    if given is not None and not re.fullmatch("[0-9]{12}", given):
        raise ConfigurationRefused((Problem("--account", "is not an AWS account; write twelve digits"),))
    return given


def _faults(spec: str | None) -> tuple[Fault, ...]:
    try:
        return () if spec is None else parse(spec)
    except BadSpec as error:
        raise ConfigurationRefused((Problem("--faults", str(error)),)) from error


def _credentials(file: Path | None) -> list[Credential]:
    if file is None:
        return []
    advice = 'write [{"access_key_id": "…", "secret_access_key": "…"}]'
    try:
        document = json.loads(file.read_bytes())
        if not isinstance(document, list) or not document:
            raise ValueError("it is no list, or an empty one")
        return [Credential.from_json(each) for each in document]
    except OSError as error:
        message = f"{file} cannot be read ({error.strerror}); {advice}"
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        message = f"{file} is not JSON; {advice}"
    except ValueError as error:
        message = f"{file}: {error}; {advice}"
    raise ConfigurationRefused((Problem("--credentials", message),))


def _make(kms: Kms, arns: list[str]) -> None:
    """The keys that are to exist; one of a snapshot stays as it is."""
    for arn in arns:
        try:
            kms.add_key(arn)
        except KeyExists:
            continue
        except (ValueError, KmsError) as error:
            raise ConfigurationRefused((Problem("--key", str(error)),)) from error


def _upstream(url: str | None) -> Backend | None:
    if not url:  # an empty one is none, for compose files cannot leave an argument out
        return None
    from fake_sombra.kms.upstream import Upstream  # noqa: PLC0415  boto3 costs 0.2 s that moto need not pay

    try:
        upstream = Upstream(url)
        upstream.load()
    except (KmsError, ValueError) as error:
        message = f"no KMS answers at {url} ({error}); name the address of one that speaks the AWS protocol"
        raise ConfigurationRefused((Problem("--upstream", message),)) from error
    return upstream


def _kms(snapshot: Path | None, account: str | None, backend: Backend | None) -> Kms:
    if snapshot is None:
        return Kms(account, backend)
    try:
        document = json.loads(snapshot.read_bytes())
    except OSError as error:
        message = f"{snapshot} cannot be read ({error.strerror}); name a file made by GET /snapshot"
        raise ConfigurationRefused((Problem("--snapshot", message),)) from error
    except (ValueError, RecursionError) as error:
        message = f"{snapshot} is not JSON; name a file made by GET /snapshot"
        raise ConfigurationRefused((Problem("--snapshot", message),)) from error
    try:
        return Kms.restore(document, backend, account=account)
    except ValueError as error:
        raise ConfigurationRefused((Problem("--snapshot", f"{snapshot}: {error}"),)) from error


async def _serve(kms: Kms, args: Namespace, log: Log) -> None:
    def say_ready(ports: tuple[int, ...]) -> None:
        log("info", "ready", port=ports[0], control_port=ports[1])
        threading.Thread(target=kms.load, name="load-moto", daemon=True).start()

    await serving.serve(
        (
            serving.Listener(product_app(kms), args.host, args.port, "--port"),
            serving.Listener(control_app(kms), args.host, args.control_port, "--control-port"),
        ),
        on_ready=say_ready,
        stop=asyncio.Event(),
    )
