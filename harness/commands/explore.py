"""`explore`: any actions in any order, and after each the reference model's word on everything."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.commands import output
from harness.commands.usage import UsageError
from harness.progress import Progress, progress_for
from harness.store import HISTORY, RunFolder, StoreError

if TYPE_CHECKING:
    from harness.explore.search import Budget, Explored

HELP = "explore the world step by step against the reference model, and shrink what differs"
SCENARIO, RESULT = "scenario.txt", "explore.json"
_EXAMPLES, _STEPS, _SEED = 2000, 50, 7
_MOST_STEPS, _MOST_EXAMPLES = 200, 10_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--steps", type=int, default=_STEPS, help=f"of one walk, at most; default: {_STEPS}")
    parser.add_argument("--examples", type=int, metavar="WALKS", help=f"default: {_EXAMPLES}, or as the minutes allow")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--minutes", type=float, help="begin no new round of walks after so long")
    parser.add_argument("--target", choices=("inprocess", "process"), default="inprocess")
    parser.add_argument("--database", metavar="DIR|redis://…", help="where failing walks are remembered, and shared")
    parser.add_argument("--exhaustive", action="store_true", help="search the reference model itself, breadth first")
    parser.add_argument("--depth", type=int, metavar="N", help="of the exhaustive search, in actions")
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--json", metavar="FILE", help="write everything there too (- for standard output)")
    parser.add_argument("--quiet", action="store_true", help="print the verdict alone")
    parser.add_argument("--no-color", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 without a difference and every goal reached, 1 with a difference, 3 when goals were not reached."""
    progress = progress_for(sys.stderr, quiet=args.quiet, environ=os.environ, no_color=args.no_color)
    with progress:
        if args.exhaustive:
            return _search(args)
        if args.depth is not None:
            raise UsageError("--depth belongs to --exhaustive")
        explored = _explored(args, _budget(args), progress)
        progress.done()
    return _told(args, explored)


def _budget(args: argparse.Namespace) -> Budget:
    from harness.explore.search import Budget  # noqa: PLC0415  Hypothesis, which other verbs can spare

    if not 1 <= args.steps <= _MOST_STEPS:
        raise UsageError(f"--steps {args.steps} is no length of a walk; use 1 to {_MOST_STEPS}")
    if args.minutes is not None and not 0 < args.minutes < float("inf"):
        raise UsageError("--minutes must be a number of minutes, more than 0")
    examples = args.examples
    if examples is None:
        examples = _EXAMPLES if args.minutes is None else _MOST_EXAMPLES
    if not 1 <= examples <= _MOST_EXAMPLES:
        raise UsageError(f"--examples {examples} would show nothing; use 1 to {_MOST_EXAMPLES}")
    if args.seed < 0:
        raise UsageError(f"--seed {args.seed} is negative; use 0 or more")
    return Budget(examples, args.steps, args.seed, args.minutes)


def _explored(args: argparse.Namespace, budget: Budget, progress: Progress) -> Explored:
    from harness.explore.database import BadDatabase, database_at  # noqa: PLC0415  as above
    from harness.explore.environments import common  # noqa: PLC0415  as above
    from harness.explore.search import explore  # noqa: PLC0415  as above
    from harness.explore.session import Session  # noqa: PLC0415  as above
    from harness.targets import exploring  # noqa: PLC0415  the fake world

    try:
        database = database_at(args.database) if args.database else None
    except BadDatabase as error:
        raise UsageError(f"--database: {error}") from error
    is_here = args.target == "inprocess"
    with exploring(args.target, audience=common()["ORGANIZATION_URI"]) as target:
        session = Session(target, clock=time.process_time if is_here else time.perf_counter)
        return explore(session, budget, progress=progress, database=database, shrinks=is_here)


def _told(args: argparse.Namespace, explored: Explored) -> int:
    from harness.explore.report import as_json, as_text, scenario_file, verdict_of  # noqa: PLC0415  as above

    outcome, reason = verdict_of(explored)
    try:
        folder = RunFolder.create(args.out, "explore", now=datetime.now(UTC))
        kept, failure = str(folder.path / SCENARIO), explored.failure
        document = json.dumps(as_json(explored, target=args.target, kept=kept), indent=2) + "\n"
        folder.write(RESULT, document)
        if failure is not None:
            text = scenario_file(failure, kept=kept, target=args.target, seed=explored.budget.seed)
            folder.write(SCENARIO, text)
            folder.write(HISTORY, "".join(f"{json.dumps(event.to_json())}\n" for event in failure.history))
        folder.close()
    except StoreError as error:
        raise UsageError(str(error)) from error
    if args.json not in {None, "-"}:
        output.write(args.json, document)
    text = as_text(explored, target=args.target, kept=kept)
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        output.write(os.environ["GITHUB_STEP_SUMMARY"], f"```\n{text}```\n", mode="a")
    if args.json == "-" or args.format == "json":
        sys.stdout.write(document)
    else:
        sys.stdout.write(f"{outcome.upper()}: {reason}\n" if args.quiet else text)
    return outcome.exit_code


def _search(args: argparse.Namespace) -> int:
    raise UsageError("not yet")
