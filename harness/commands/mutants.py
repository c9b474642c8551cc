"""`mutants`: rehearses on each wrong Sombra, and says which check killed it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing

from harness.commands import output
from harness.commands.usage import UsageError
from harness.judge import table
from harness.mutants.crew import Crew
from harness.mutants.mutant import Mutant
from harness.mutants.printed import listed, text
from harness.mutants.score import Score
from harness.mutants.trial import CONTROL, Trial
from harness.progress import progress_for
from harness.report.page import page_for

HELP = "rehearse on wrong Sombras, and see each killed by its check"
_MOST_JOBS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("mutants", nargs="*", metavar="NAME", help="default: every wrong Sombra")
    parser.add_argument("--list", action="store_true", help="name them and try none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="how many at a time")
    parser.add_argument("--json", metavar="FILE", help="write the outcomes as JSON (- for standard output)")
    parser.add_argument("--quiet", action="store_true", help="print the verdict alone")
    parser.add_argument("--no-color", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when all were killed, 1 with a survivor, 2 on bad usage, 3 when something could not be tried."""
    from harness.targets.wrong import WRONG_SOMBRAS  # noqa: PLC0415  the fake world, which other verbs can spare

    return conduct(args, WRONG_SOMBRAS, Crew(jobs=args.jobs))


def conduct(args: argparse.Namespace, known: Mapping[str, Mutant], crew: Crew) -> int:
    """List, or try and tell."""
    chosen = _chosen(args.mutants, known)
    page = page_for(sys.stdout, os.environ, no_color=args.no_color, quiet=args.quiet)
    if args.list:
        sys.stdout.write(listed(chosen.values(), page))
        return 0
    if not 1 <= args.jobs <= _MOST_JOBS:
        raise UsageError(f"--jobs {args.jobs} is no number of processes; use 1 to {_MOST_JOBS}")
    score = _scored(chosen, crew, args)
    document = json.dumps(score.to_json(), indent=2) + "\n"
    if args.json not in {None, "-"}:
        output.write(args.json, document)
    checks = tuple(table()) if len(chosen) == len(known) else ()
    sys.stdout.write(document if args.json == "-" else text(score, page, checks=checks))
    return score.exit_code


def _chosen(names: Sequence[str], known: Mapping[str, Mutant]) -> dict[str, Mutant]:
    strange = [name for name in names if name not in known]
    if strange:
        raise UsageError(f"no wrong Sombra is called {strange[0]}; `sombra-rehearsal mutants --list` names them")
    return {name: known[name] for name in names or known}


def _scored(chosen: Mapping[str, Mutant], crew: Crew, args: argparse.Namespace) -> Score:
    progress = progress_for(sys.stderr, quiet=args.quiet, environ=os.environ, no_color=args.no_color)
    trials: list[Trial] = []
    with progress, closing(crew.run((CONTROL.id, *chosen))) as running:
        for trial in running:
            progress.step(f"{trial.id}: {trial.fate}")
            trials.append(trial)
        progress.done()
    return Score(chosen, trials[0], trials[1:])
