"""`list`: names scenarios, checks and claims."""

from __future__ import annotations

import argparse
import sys

from harness.catalogue import scenarios
from harness.claims import CLAIMS
from harness.judge import table

HELP = "name scenarios, checks and claims"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("what", nargs="?", choices=("scenarios", "checks", "claims"), help="default: all three")


def run(args: argparse.Namespace) -> int:
    """Print one line each."""
    sections = {
        "scenarios": [f"{each.name:24} {each.title}" for each in scenarios().values()],
        "checks": [f"{each.id:28} {' '.join(each.claims):24} {each.title}" for each in table().values()],
        "claims": [f"{claim}  {title}" for claim, title in CLAIMS.items()],
    }
    for name in (args.what,) if args.what else tuple(sections):
        sys.stdout.write(f"{name}\n" + "".join(f"  {line}\n" for line in sections[name]))
    return 0
