"""`list`: names scenarios, checks, claims and faults."""

from __future__ import annotations

import argparse
import sys

from harness.catalogue import scenarios
from harness.claims import CLAIMS
from harness.judge import table

HELP = "name scenarios, checks, claims and faults"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("what", nargs="?", choices=("scenarios", "checks", "claims", "faults"), help="default: all")


def run(args: argparse.Namespace) -> int:
    """Print one line each."""
    from harness.targets.faults import KINDS  # noqa: PLC0415  the fake world, which other verbs can spare

    sections = {
        "scenarios": [f"{each.name:24} {each.title}" for each in scenarios().values()],
        "checks": [f"{each.id:28} {' '.join(each.claims):24} {each.title}" for each in table().values()],
        "claims": [f"{claim}  {title}" for claim, title in CLAIMS.items()],
        "faults": [f"{effect:32} {what}" for effect, what in KINDS],
    }
    for name in (args.what,) if args.what else tuple(sections):
        sys.stdout.write(f"{name}\n" + "".join(f"  {line}\n" for line in sections[name]))
    return 0
