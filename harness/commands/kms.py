"""`kms conform`: holds a KMS against what AWS KMS does, row by row."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.commands import output
from harness.commands.usage import UsageError
from harness.conformance import ROWS, Outcome, Verdict, tried
from harness.conformance.ledger import Ledger, LedgerError
from harness.conformance.matrix import page as matrix_page
from harness.conformance.printed import text
from harness.report.characters import shown
from harness.report.page import page_for

HELP = "hold a KMS against what AWS KMS does"
_CHOICES = "moto|localstack|localstack-container|moto-bare|localstack-bare|localstack-container-bare|URL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the one verb and its flags."""
    verbs = parser.add_subparsers(dest="kms_verb", required=True)
    conform = verbs.add_parser("conform", help="run every row of the conformance table")
    conform.add_argument(
        "--kms",
        default="moto",
        metavar=_CHOICES,
        help="moto and localstack stand behind the strict front, as in a rehearsal; the others are tried as they are",
    )
    conform.add_argument("--strict", action="store_true", help="put the strict front before the KMS at a URL")
    conform.add_argument("--http", action="store_true", help="call the strict front over HTTP, not in this process")
    conform.add_argument("--real-account", action="store_true", help="--kms aws may make keys, which cost money")
    conform.add_argument("--all", action="store_true", help="print the rows that are as AWS has them, too")
    conform.add_argument("--json", metavar="FILE", help="write the outcomes as JSON (- for standard output)")
    conform.add_argument("--ledger", metavar="FILE", help="write the deviations down as a ledger")
    conform.add_argument("--matrix", nargs="+", metavar="LEDGER", help="try nothing; print the page of these ledgers")
    conform.add_argument("--quiet", action="store_true", help="print the verdict alone")
    conform.add_argument("--no-color", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 without a deviation, 1 with one, 2 on bad usage, 3 when rows could not be evaluated."""
    if args.matrix:
        return _print_matrix(args.matrix)
    name, outcomes = _outcomes(args)
    document = {"kms": name, "rows": [outcome.to_json() for outcome in outcomes]}
    if args.ledger:
        _write_ledger(args.ledger, name, outcomes)
    if args.json == "-":
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return exit_code(outcomes)
    if args.json:
        output.write(args.json, json.dumps(document, indent=2) + "\n")
    page = page_for(sys.stdout, os.environ, no_color=args.no_color, quiet=args.quiet)
    sys.stdout.write(text(name, outcomes, page, is_complete=args.all))
    return exit_code(outcomes)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """A deviation outweighs what could not be evaluated; rows nobody has established count as neither."""
    verdicts = {outcome.verdict for outcome in outcomes}
    if Verdict.DIFFERS in verdicts:
        return 1
    return 3 if Verdict.UNKNOWN in verdicts or not verdicts & {Verdict.SAME, Verdict.OPEN} else 0


def _outcomes(args: argparse.Namespace) -> tuple[str, list[Outcome]]:
    from harness.targets import BadChoice  # noqa: PLC0415  imports the fake world, which other verbs do not need
    from harness.targets.trial import on_trial  # noqa: PLC0415  as above

    try:
        with on_trial(args.kms, is_strict=args.strict, is_http=args.http, is_real_account=args.real_account) as subject:
            return subject.name, list(tried(ROWS, subject))
    except BadChoice as error:
        raise UsageError(str(error)) from error


def _write_ledger(path: str, name: str, outcomes: Sequence[Outcome]) -> None:
    """A trial that is not whole makes no ledger; its exit code says why."""
    try:
        written = Ledger.of(name, outcomes).text()
    except LedgerError as error:
        sys.stderr.write(f"sombra-rehearsal: {path} is not written: {error}\n")
        return
    output.write(path, written)


def _print_matrix(files: Sequence[str]) -> int:
    try:
        sys.stdout.write(shown(matrix_page(ROWS, [Ledger.read(Path(each)) for each in files])))
    except LedgerError as error:
        raise UsageError(str(error)) from error
    return 0
