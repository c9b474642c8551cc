"""Where a judged run is told: the flags that say so, standard output, files, the summary of a CI job."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from harness.commands.usage import UsageError
from harness.history import History
from harness.report.console import tell
from harness.report.formats import RENDERERS
from harness.report.page import page_for
from harness.run import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of interface.md about output."""
    parser.add_argument("--format", choices=tuple(RENDERERS), default="text")
    parser.add_argument("--json", metavar="FILE", help="write run.json there too (- for standard output)")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--no-color", action="store_true")


def deliver(run: Run, history: History, args: argparse.Namespace, *, where: str) -> None:
    """Print a run as asked, `where` being its report; raises UsageError when a file cannot be written."""
    page = page_for(sys.stdout, os.environ, no_color=args.no_color, quiet=args.quiet, where=where, history=history)
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        write(os.environ["GITHUB_STEP_SUMMARY"], RENDERERS["summary"](run, page), mode="a")
    if args.json not in {None, "-"}:
        write(args.json, RENDERERS["json"](run, page))
    wanted = "json" if args.json == "-" else args.format
    if wanted == "text":
        tell(run, sys.stdout, page)
    else:
        sys.stdout.write(RENDERERS[wanted](run, page))


def write(path: str, content: str, *, mode: str = "w") -> None:
    """Write a file the command line named; raises UsageError."""
    try:
        with Path(path).open(mode, encoding="utf-8") as stream:
            stream.write(content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise UsageError(f"{path} cannot be written ({reason}); name another file") from error
