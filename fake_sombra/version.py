"""What `fake-sombra --version` says."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import Any

_DISTRIBUTION = "sombra-rehearsal"


class ShowVersion(argparse.Action):
    """Prints the program's name and the version that is installed, and exits with 0.

    It is looked up when it is asked for: a gateway that starts need not wait for what reads it.
    """

    def __init__(self, option_strings: list[str], dest: str = argparse.SUPPRESS, **how: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help="print the version", **how)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Raise `SystemExit`."""
        version = import_module("importlib.metadata").version(_DISTRIBUTION)
        sys.stdout.write(f"{parser.prog} {version}\n")
        parser.exit()
