"""What `fake-sombra` does on a command line: start one service of the fake world, or all of them."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

_COMMANDS = {
    "gateway": ("fake_sombra.gateway.main", "the gateway, configured by its environment alone"),
    "transcend": ("fake_sombra.transcend.main", "the stand-in for Transcend's cloud"),
    "kms": ("fake_sombra.kms.main", "the strict KMS front"),
    "all": ("fake_sombra.together", "all three in one process, the gateway by its environment"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 after a stop on request, 1 when it could not start.

    Only the chosen service is imported, so that each starts fast.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="fake-sombra",
        description="A fake Sombra and what stands on either side of it. Never for real data.",
        epilog="; ".join(f"{name}: {what}" for name, (_, what) in _COMMANDS.items()),
    )
    parser.add_argument("--version", action="store_true", help="print the version, and do nothing else")
    parser.add_argument("command", choices=tuple(_COMMANDS))
    if arguments[:1] == ["--version"]:
        sys.stdout.write(f"{parser.prog} {_version()}\n")
        return 0
    command: str = parser.parse_args(arguments[:1]).command
    module_name, what = _COMMANDS[command]
    module = importlib.import_module(module_name)
    own = argparse.ArgumentParser(prog=f"fake-sombra {command}", description=what)
    module.add_arguments(own)
    return int(module.run(own.parse_args(arguments[1:])))


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  a gateway that starts need not wait for it

    return version("sombra-rehearsal")
