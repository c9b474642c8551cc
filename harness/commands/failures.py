"""`failures`: the registry of failure modes, and the runs that reproduce them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.commands import output
from harness.commands.usage import UsageError
from harness.progress import progress_for
from harness.report.page import Page, page_for

if TYPE_CHECKING:
    from harness.failures import Exempt, Mode, Trial

HELP = "list the ways in which a cutover goes wrong, or reproduce some of them"
_BRIEF_FROM = 6
"""So many modes are told as a table; fewer, each in full."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two verbs and their flags, which both take."""
    _flags(parser, json=None, quiet=False, no_color=False)
    verbs = parser.add_subparsers(dest="failures_verb", metavar="list|run")
    nothing = dict.fromkeys(("json", "quiet", "no_color"), argparse.SUPPRESS)
    _flags(verbs.add_parser("list", help="name every failure mode (default)"), **nothing)
    run_verb = verbs.add_parser("run", help="reproduce failure modes, and find each as it is meant to be found")
    run_verb.add_argument("modes", nargs="*", metavar="ID", help="such as F12")
    run_verb.add_argument("--all", action="store_true", help="every one that can be reproduced")
    _flags(run_verb, **nothing)


def _flags(parser: argparse.ArgumentParser, **defaults: Any) -> None:
    parser.add_argument("--json", metavar="FILE", default=defaults["json"], help="write JSON (- for standard output)")
    parser.add_argument("--quiet", action="store_true", default=defaults["quiet"], help="print the verdict alone")
    parser.add_argument("--no-color", action="store_true", default=defaults["no_color"])


def run(args: argparse.Namespace) -> int:
    """Exit code 0 all reproduced and detected, 1 one was not, 2 bad usage, 3 something could not be tried."""
    from harness.catalogue import failure_modes  # noqa: PLC0415  the fake world, which other verbs can spare
    from harness.failures import EXEMPT  # noqa: PLC0415  as above

    modes = failure_modes()
    page = page_for(sys.stdout, os.environ, no_color=args.no_color, quiet=args.quiet)
    if args.failures_verb == "run":
        return conduct(args, modes, EXEMPT, page)
    from harness.failures.printed import listed  # noqa: PLC0415  as above

    document = {"modes": [_row(each) for each in modes.values()], "exempt": [_exempt(each) for each in EXEMPT]}
    _deliver(args.json, document, listed(modes, EXEMPT, page))
    return 0


def conduct(args: argparse.Namespace, modes: Mapping[str, Mode], exempt: Sequence[Exempt], page: Page) -> int:
    """Try what was chosen, and tell."""
    from harness.failures import Fate  # noqa: PLC0415  as above
    from harness.failures.printed import told  # noqa: PLC0415  as above

    chosen, left_out = _chosen(args, modes, exempt)
    trials = list(_tried(chosen, args))
    fates = [trial.fate for trial in trials]
    counts = {
        "planned": len(chosen),
        "executed": len(fates) - fates.count(Fate.INCONCLUSIVE),
        "reproduced": fates.count(Fate.REPRODUCED),
    }
    document = {
        "counts": counts,
        "modes": [trial.to_json() for trial in trials],
        "exempt": [_exempt(each) for each in left_out],
    }
    text = told(trials, left_out, len(chosen), page, is_brief=len(chosen) >= _BRIEF_FROM)
    _deliver(args.json, document, text)
    return exit_code(counts, has_exempt=not args.all and bool(left_out))


def exit_code(counts: Mapping[str, int], *, has_exempt: bool) -> int:
    """A mode that was tried and not reproduced outweighs one that could not be tried; nothing tried is never 0."""
    if counts["executed"] != counts["reproduced"]:
        return 1
    return 3 if has_exempt or not counts["planned"] or counts["executed"] != counts["planned"] else 0


def _chosen(
    args: argparse.Namespace, modes: Mapping[str, Mode], exempt: Sequence[Exempt]
) -> tuple[list[Mode], list[Exempt]]:
    if args.all == bool(args.modes):
        raise UsageError("name failure modes, such as `failures run F12`, or say --all")
    if args.all:
        return list(modes.values()), list(exempt)
    waiting = {each.id: each for each in exempt}
    wanted = list(dict.fromkeys(name.upper() for name in args.modes))
    strange = [name for name in wanted if name not in modes and name not in waiting]
    if strange:
        raise UsageError(f"no failure mode is called {strange[0]}; `sombra-rehearsal failures` lists F01 to F50")
    return [modes[name] for name in wanted if name in modes], [waiting[name] for name in wanted if name in waiting]


def _tried(chosen: Sequence[Mode], args: argparse.Namespace) -> Iterator[Trial]:
    from harness.failures import Theatre, try_out  # noqa: PLC0415  as above
    from harness.targets.inprocess import InProcess  # noqa: PLC0415  as above

    if not chosen:
        return
    progress = progress_for(sys.stderr, quiet=args.quiet, environ=os.environ, no_color=args.no_color)
    with progress, Theatre.open(InProcess()) as theatre:
        for mode in chosen:
            progress.step(f"{mode.id}: {mode.title}")
            yield try_out(mode, theatre)
        progress.done()


def _row(mode: Mode) -> dict[str, Any]:
    return {
        "id": mode.id,
        "title": mode.title,
        "claims": list(mode.claims),
        "symptom": mode.symptom,
        "detectors": [str(each) for each in mode.detectors],
        "command": mode.command,
    }


def _exempt(each: Exempt) -> dict[str, Any]:
    return {"id": each.id, "title": each.title, "reason": each.reason, "issue": each.issue}


def _deliver(path: str | None, document: Mapping[str, Any], text: str) -> None:
    as_json = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if path not in {None, "-"}:
        output.write(str(path), as_json)
    sys.stdout.write(as_json if path == "-" else text)
