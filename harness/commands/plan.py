"""`plan`: what the cutover changes and costs, and the operator's own steps with their commands."""

from __future__ import annotations

import argparse
import sys

from harness.commands import inputs
from harness.commands.usage import UsageError
from harness.doctor.command import Report
from harness.doctor.documents import READERS
from harness.doctor.inputs import read_all
from harness.doctor.reading import FileFault
from harness.doctor.text import as_text
from harness.plan.configuration import PartMissing
from harness.plan.document import RENDERERS
from harness.plan.inventory import read_inventory
from harness.plan.plan import plan_for
from harness.plan.platforms import PLATFORMS

HELP = "print what the cutover changes, what survives it, and every step with its commands"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    inputs.add_arguments(parser)
    parser.add_argument("--inventory", metavar="FILE", help="counts by artifact class, as a JSON object")
    parser.add_argument("--deployment", choices=tuple(PLATFORMS), help="default: what the given documents are of")
    parser.add_argument("--format", choices=tuple(RENDERERS), default="text")


def run(args: argparse.Namespace) -> int:
    """The doctor's exit code on the same files: a plan for files with errors is printed, and is no go."""
    given = inputs.given(args)
    reading = read_all(given, READERS)
    if reading.unusable:
        unusable = Report(unusable=tuple(reading.unusable))
        sys.stdout.write(as_text(unusable))
        return unusable.exit_code
    try:
        inventory = read_inventory(args.inventory) if args.inventory is not None else {}
        plan = plan_for(given, reading, inventory=inventory, deployment=args.deployment)
    except (FileFault, PartMissing) as error:
        raise UsageError(str(error)) from error
    sys.stdout.write(RENDERERS[args.format](plan))
    return plan.report.exit_code
