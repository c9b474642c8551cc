"""`judge`: judges a stored run again with the checks of today."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from harness.commands.usage import UsageError
from harness.history import History
from harness.judge import Frame
from harness.judge import judge as judge_history
from harness.report.console import tell
from harness.report.document import DocumentError, dump, load
from harness.report.page import page_for

HELP = "judge a stored run again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a stored run")
    parser.add_argument("--json", action="store_true", help="print run.json")


def run(args: argparse.Namespace) -> int:
    """Exit code of the new verdict."""
    try:
        stored = load(args.run / "run.json")
        history = History.read(args.run / "history.jsonl")
    except (OSError, ValueError, DocumentError) as error:
        raise UsageError(f"{args.run} is not the folder of a stored run ({error}); name one under runs/") from error
    frame = Frame(
        stored.scenario,
        stored.target,
        stored.kms,
        stored.seed,
        stored.started_at,
        stored.config,
        stored.findings,
        tuple(check.id for check in stored.checks),
    )
    judged = judge_history(frame, history)
    if args.json:
        sys.stdout.write(dump(judged))
    else:
        tell(judged, sys.stdout, page_for(sys.stdout, os.environ, history=history))
    return judged.verdict.exit_code
