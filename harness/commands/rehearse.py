"""`rehearse`: runs scenarios, judges them, stores and prints what was found."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness.catalogue import scenarios
from harness.commands import environments, output
from harness.commands.usage import UsageError
from harness.doctor.reading import FileFault
from harness.environment import EnvFile
from harness.progress import progress_for
from harness.report.formats import kept_files
from harness.run import Finding
from harness.runbook import Scenario
from harness.runner import Plan, rehearse
from harness.store import REPORT, RunFolder, StoreError
from harness.target import Target

HELP = "run the cutover and the rollback, and judge them"
_SEED = 7
_STATUSES = 16
_MOST = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of interface.md that exist so far."""
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="default: guide; or scenario files")
    environments.add_arguments(parser)
    parser.add_argument(
        "--doctor", metavar="FILE", help="what `doctor --out` stored: its errors count, unless it is of other files"
    )
    parser.add_argument("--target", choices=("inprocess", "process", "container"), default="process")
    parser.add_argument("--gateway", metavar="CMD", help="run this command as the gateway (process target)")
    parser.add_argument(
        "--kms", default="moto", metavar="moto|localstack|URL", help="what keeps the keys behind the strict KMS front"
    )
    parser.add_argument("--faults", metavar="SPEC", help="of the KMS, active while a gateway runs under AWS")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--requests", type=int, default=48, help=f"at least {_STATUSES}: one in each status")
    parser.add_argument("--budget", type=float, default=120.0, metavar="MINUTES", help="of the maintenance window")
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR")
    output.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code of the worst scenario."""
    if args.requests < _STATUSES:
        raise UsageError(f"--requests {args.requests} leaves statuses empty; use {_STATUSES} or more")
    if args.requests > _MOST:
        raise UsageError(f"--requests {args.requests} would run for hours; use {_MOST} or fewer")
    if not 0 < args.budget < float("inf"):
        raise UsageError("--budget must be a number of minutes, more than 0")
    known = scenarios()
    plan, files = _plan(args), [name for name in args.scenarios if name not in known]
    codes = _walked(files, plan, args) if files else _rehearsed(_chosen(args.scenarios, known), plan, args)
    return max(codes, key=lambda code: (code == 1, code))


def _chosen(names: Sequence[str], known: Mapping[str, Scenario]) -> list[Scenario]:
    return [known[name] for name in names or ("guide",)]


def _walked(files: Sequence[str], plan: Plan, args: argparse.Namespace) -> list[int]:
    """Scenario files bring their own environments; in process, their worlds can be looked at without HTTP too."""
    strange = next((name for name in files if not Path(name).is_file()), None)
    if strange is not None:
        raise UsageError(f"no scenario is called {strange}, nor is a file of one; there are {', '.join(scenarios())}")
    if len(files) < len(args.scenarios) or args.target not in {"inprocess", "process"}:
        raise UsageError("scenario files are walked by themselves, on --target inprocess or process")
    if args.before or args.faults or args.gateway or args.kms != "moto":
        raise UsageError("a scenario file brings its own environments, KMS and faults; leave those flags out")
    from harness.explore.environments import common  # noqa: PLC0415  what other rehearsals can spare
    from harness.explore.replay import scenario_of  # noqa: PLC0415  as above
    from harness.explore.transcript import BadTranscript, read  # noqa: PLC0415  as above
    from harness.targets import exploring  # noqa: PLC0415  the fake world, as below

    try:
        wanted = [scenario_of(read(Path(name))) for name in files]
    except BadTranscript as error:
        raise UsageError(str(error)) from error
    with exploring(args.target, audience=common()["ORGANIZATION_URI"]) as target:
        return [_one(scenario, plan, target, args) for scenario in wanted]


def _plan(args: argparse.Namespace) -> Plan:
    files = environments.as_given(args)
    try:
        told = _remarks(args.doctor, *files)
    except FileFault as error:
        raise UsageError(str(error)) from error
    return Plan(
        *environments.to_run(files, args),
        rollback_is_default=args.rollback is None,
        seed=args.seed,
        requests=args.requests,
        budget_s=args.budget * 60,
        remarks=told,
        faults=_faults(args.faults),
    )


def _faults(spec: str | None) -> str:
    from harness.targets.faults import BadSpec, canonical  # noqa: PLC0415  the fake world, as below

    try:
        return "" if spec is None else canonical(spec)
    except BadSpec as error:
        raise UsageError(f"--faults: {error}; `sombra-rehearsal list faults` names what there is") from error


def _remarks(stored: str | None, *files: EnvFile) -> tuple[Finding, ...]:
    """What a stored result of the doctor says of these files: before, after, rollback."""
    if stored is None:
        return ()
    from harness.doctor.binding import PARTS, digests, remarks  # noqa: PLC0415  the doctor's readers, for this flag
    from harness.doctor.effective import FromEnvFile  # noqa: PLC0415  as above

    return remarks(stored, digests(dict(zip(PARTS, map(FromEnvFile, files), strict=True))))


def _rehearsed(wanted: Sequence[Scenario], plan: Plan, args: argparse.Namespace) -> list[int]:
    from harness.targets import BadChoice, chosen, named  # noqa: PLC0415  the fake world, which other verbs can spare

    gateway = _command(args.gateway) if args.gateway else None
    try:
        with chosen(args.kms, target=args.target) as kms:
            target = named(args.target, gateway=gateway, upstream=kms.endpoint)
            return [_one(scenario, replace(plan, kms=kms.label), target, args) for scenario in wanted]
    except BadChoice as error:
        raise UsageError(str(error)) from error


def _command(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--gateway {text} is no command line ({error}); quote it as a shell would read it") from error
    if not words or shutil.which(words[0]) is None:
        raise UsageError(f"--gateway names no program that can be run, {text!r}; give its path")
    return words


def _one(scenario: Scenario, plan: Plan, target: Target, args: argparse.Namespace) -> int:
    progress = progress_for(sys.stderr, quiet=args.quiet, environ=os.environ, no_color=args.no_color)
    try:
        folder = RunFolder.create(args.out, scenario.name, now=datetime.now(UTC))
        try:
            rehearsed = rehearse(scenario, plan, target=target, progress=progress, journal=folder.journal)
            for name, content in kept_files(rehearsed.run, rehearsed.history).items():
                folder.write(name, content)
        finally:
            progress.done()
            folder.close()
    except StoreError as error:
        raise UsageError(str(error)) from error
    output.deliver(rehearsed.run, rehearsed.history, args, where=str(folder.path / REPORT))
    return rehearsed.run.verdict.exit_code
