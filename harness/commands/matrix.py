"""`matrix`: every configuration as writer against every configuration as reader, for every artifact class."""

from __future__ import annotations

import argparse
import os
import sys

from harness.commands import output
from harness.commands.usage import UsageError
from harness.matrix.classes import every_class, sample
from harness.matrix.execution import execute
from harness.matrix.report import Matrix, as_csv, as_json, as_text
from harness.progress import progress_for

HELP = "execute the compatibility matrix: write configuration, read configuration, artifact class"
_SEED = 7
_SAMPLE, _MOST = 2000, 32_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--seed", type=int, default=_SEED, help="of the sample that proves the pruning")
    parser.add_argument("--sample", type=int, default=_SAMPLE, metavar="PAIRS", help=f"default: {_SAMPLE}")
    parser.add_argument("--target", choices=("inprocess",), default="inprocess")
    parser.add_argument("--all", action="store_true", help="print every class, not the counts alone")
    parser.add_argument("--csv", metavar="FILE", help="write one line a class there")
    parser.add_argument("--json", metavar="FILE", help="write everything there (- for standard output)")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--no-color", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 without a disagreement, 1 with one, 3 when a class was not executed."""
    if args.sample < 1:
        raise UsageError("--sample must be 1 or more: without a sample the pruning is not proved")
    if args.sample > _MOST:
        raise UsageError(f"--sample {args.sample} is more than the pools hold; use {_MOST} or fewer")
    from harness.targets import named  # noqa: PLC0415  imports the fake world, which other verbs do not need

    progress = progress_for(sys.stderr, quiet=args.quiet, environ=os.environ, no_color=args.no_color)
    classes = tuple(every_class())
    target = named(args.target)
    matrix = Matrix(
        classes,
        execute((each.pair for each in classes), target=target, progress=progress),
        execute(sample(args.sample, seed=args.seed), target=target, progress=progress),
        args.seed,
    )
    if args.csv:
        output.write(args.csv, as_csv(matrix))
    if args.json not in {None, "-"}:
        output.write(args.json, as_json(matrix))
    sys.stdout.write(as_json(matrix) if args.json == "-" else as_text(matrix, is_complete=args.all))
    if matrix.disagreements:
        return 1
    return 0 if matrix.is_complete else 3
