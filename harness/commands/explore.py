"""`explore`: any actions in any order, and after each the reference model's word on everything."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.commands import output
from harness.commands.usage import UsageError
from harness.progress import Progress, progress_for
from harness.store import RunFolder, StoreError

if TYPE_CHECKING:
    from harness.explore.search import Budget, Explored

HELP = "explore the world step by step against the reference model, and shrink what differs"
SCENARIO, RESULT = "scenario.txt", "explore.json"
_EXAMPLES, _STEPS, _SEED = 2000, 50, 7
_MOST_STEPS, _MOST_EXAMPLES = 200, 10_000_000
_DEPTH, _KEYS = 10, 3
_MOST_DEPTH, _MOST_KEYS = 30, 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--steps", type=int, default=_STEPS, help=f"of one walk, at most; default: {_STEPS}")
    parser.add_argument("--examples", type=int, metavar="WALKS", help=f"default: {_EXAMPLES}, or as the minutes allow")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--minutes", type=float, help="begin no new round of walks after so long")
    parser.add_argument("--target", choices=("inprocess", "process"), default="inprocess")
    parser.add_argument("--database", metavar="DIR|redis://…", help="where failing walks are remembered, and shared")
    parser.add_argument("--exhaustive", action="store_true", help="search the reference model itself, breadth first")
    parser.add_argument("--depth", type=int, metavar="N", help=f"of that search, in actions; default: {_DEPTH}")
    parser.add_argument("--keys", type=int, default=_KEYS, metavar="N", help=f"signing keys in it; default: {_KEYS}")
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
        session = Session(target, clock=time.thread_time if is_here else time.perf_counter)
        return explore(session, budget, progress=progress, database=database, shrinks=is_here)


def _told(args: argparse.Namespace, explored: Explored) -> int:
    from harness.explore.report import as_json, as_text, kept_files, verdict_of  # noqa: PLC0415  as above

    outcome, reason = verdict_of(explored)
    with _folder(args.out, "explore") as folder:
        kept = str(folder.path / SCENARIO)
        document = as_json(explored, target=args.target, kept=kept)
        folder.keep({RESULT: _dumped(document), **kept_files(explored, kept=kept, target=args.target)})
    _print(args, document, as_text(explored, target=args.target, kept=kept), f"{outcome.upper()}: {reason}\n")
    return outcome.exit_code


def _search(args: argparse.Namespace) -> int:
    from harness.explore.exhaustive.report import as_json, as_text, verdict_of  # noqa: PLC0415  as above
    from harness.explore.exhaustive.search import search  # noqa: PLC0415  as above
    from harness.explore.exhaustive.space import Space  # noqa: PLC0415  as above

    depth = _DEPTH if args.depth is None else args.depth
    if not 1 <= depth <= _MOST_DEPTH:
        raise UsageError(f"--depth {depth} is none that can be searched; use 1 to {_MOST_DEPTH}")
    if not 2 <= args.keys <= _MOST_KEYS:
        raise UsageError(f"--keys {args.keys}: search with 2 to {_MOST_KEYS} signing keys")
    searched = search(Space(args.keys), depth=depth)
    outcome, reason = verdict_of(searched)
    document = as_json(searched)
    with _folder(args.out, "exhaustive") as folder:
        folder.keep({"exhaustive.json": _dumped(document)})
    _print(args, document, as_text(searched), f"{outcome.upper()}: {reason}\n")
    return outcome.exit_code


@contextmanager
def _folder(out: Path, name: str) -> Iterator[RunFolder]:
    try:
        with RunFolder.create(out, name, now=datetime.now(UTC)) as folder:
            yield folder
    except StoreError as error:
        raise UsageError(str(error)) from error


def _dumped(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _print(args: argparse.Namespace, document: Mapping[str, Any], text: str, verdict: str) -> None:
    if args.json not in {None, "-"}:
        output.write(args.json, _dumped(document))
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        output.write(os.environ["GITHUB_STEP_SUMMARY"], f"```\n{text}```\n", mode="a")
    if args.json == "-" or args.format == "json":
        sys.stdout.write(_dumped(document))
    else:
        sys.stdout.write(verdict if args.quiet else text)
