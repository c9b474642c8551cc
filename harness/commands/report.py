"""`report`: renders a stored run again, without judging it."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.commands import output, stored
from harness.report.formats import kept_files

HELP = "render a stored run again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a stored run")
    parser.add_argument("--html", metavar="FILE", help="write the HTML report there too")
    output.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code of the stored verdict."""
    told, history = stored.read(args.run)
    where = str(args.run / "report.html")
    if args.html:
        output.write(args.html, kept_files(told, history)["report.html"])
        where = args.html
    output.deliver(told, history, args, where=where)
    return told.verdict.exit_code
