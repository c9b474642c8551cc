"""`judge`: judges a stored run again with the checks of today."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.commands import output, stored
from harness.commands.usage import UsageError
from harness.history import NoHistory
from harness.judge import Frame, known
from harness.judge import judge as judge_history
from harness.report.document import DocumentError, validate

_OF_WRONG_TYPES = (ArithmeticError, AttributeError, DocumentError, LookupError, RecursionError, TypeError, ValueError)
HELP = "judge a stored run again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a stored run")
    output.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code of the new verdict."""
    told, history = stored.read(args.run)
    checks = tuple(check.id for check in told.checks)
    gone = [identity for identity in checks if identity not in known()]
    if gone:
        raise UsageError(f"{args.run} was judged by a check this version has not, {gone[0]}; rehearse again")
    frame = Frame(told.scenario, told.target, told.kms, told.seed, told.started_at, told.config, told.findings, checks)
    try:
        judged = judge_history(frame, history)
        validate(judged.to_json())
    except NoHistory as error:
        raise UsageError(f"{args.run} holds no history that can be judged ({error}); rehearse again") from error
    except _OF_WRONG_TYPES as error:
        why = f"an event holds a field of another kind than was recorded: {type(error).__name__}"
        raise UsageError(f"{args.run} holds no history that can be judged ({why}); rehearse again") from error
    output.deliver(judged, history, args, where=str(args.run / "report.html"))
    return judged.verdict.exit_code
