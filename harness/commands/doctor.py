"""`doctor`: static preflight of the files in hand."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime

from harness.commands import inputs, output
from harness.commands.usage import UsageError
from harness.doctor.baseline import read_baseline
from harness.doctor.command import Report, diagnose
from harness.doctor.formats import RENDERERS
from harness.doctor.live import look
from harness.doctor.reading import FileFault
from harness.doctor.selection import NothingLeft, Selection, UnknownRule

HELP = "look for what is wrong in the files before the window"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    inputs.add_arguments(parser)
    parser.add_argument("--only", metavar="RULE[,RULE]", action="append", default=[], help="apply these rules alone")
    parser.add_argument("--skip", metavar="RULE[,RULE]", action="append", default=[], help="leave these rules out")
    parser.add_argument(
        "--live",
        action="store_true",
        help="ask the real key of --after too, with this shell's own AWS credentials: it is described, and random bytes"
        " are wrapped and unwrapped (needs the extra `aws`)",
    )
    parser.add_argument("--baseline", metavar="FILE", help="accepted findings, each with a reason and an expiry")
    parser.add_argument("--format", choices=tuple(RENDERERS), default="text")
    parser.add_argument("--json", metavar="FILE", help="write the findings as JSON too (- for standard output)")
    parser.add_argument("--out", metavar="FILE", help="store the result, for `rehearse --doctor FILE`")


def run(args: argparse.Namespace, *, today: date | None = None) -> int:
    """Exit code 0 without an error finding, 1 with one, 2 when a file cannot be used, 3 when a rule stays open."""
    report = _report(args, today or datetime.now(UTC).date())
    as_document = RENDERERS["json"](report)
    for path in (args.out, args.json):
        if path not in {None, "-"}:
            output.write(path, as_document)
    sys.stdout.write(as_document if args.json == "-" else RENDERERS[args.format](report))
    return report.exit_code


def _report(args: argparse.Namespace, today: date) -> Report:
    try:
        selection = Selection.of(args.only, args.skip)
        baseline = read_baseline(args.baseline) if args.baseline is not None else ()
    except (UnknownRule, NothingLeft, FileFault) as error:
        raise UsageError(str(error)) from error
    given = inputs.given(args)
    report = diagnose(given, live=look if args.live else None)
    if args.live and not report.unusable and "after" not in report.digests:
        raise UsageError("--live asks the key of the environment after the cutover; name it with --after")
    documents = any(given.documents.values())
    if not report.unusable and not selection.applies_to(report.digests, documents=documents, live=args.live):
        raise UsageError("no chosen rule can be applied to these files; give the files it speaks of, or choose others")
    return report.settled(baseline, today=today).narrowed(selection)
