"""`serve`: keeps a seeded world up for hands-on use, says in one line where everything is, and ends without a trace."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from harness.commands import environments
from harness.commands.usage import UsageError
from harness.rehearsal.rehearsal import StepFailed
from harness.runner import Plan, world_plan

HELP = "keep gateway, Transcend stand-in and KMS front up for hands-on use, with an admin page"
_SEED = 7
_MOST = 10_000
_HIGHEST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags; all ports are ephemeral unless two of them are named."""
    environments.add_arguments(parser)
    parser.add_argument(
        "--kms", default="moto", metavar="moto|localstack|URL", help="what keeps the keys behind the strict KMS front"
    )
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--requests", type=int, default=48, help="over the sixteen statuses in turn, two files each")
    parser.add_argument(
        "--control-port", type=int, default=0, metavar="PORT", help="of the control URL; 0: any free one"
    )
    parser.add_argument("--admin-port", type=int, default=0, metavar="PORT", help="of the admin page; default: free")
    parser.add_argument("--quiet", action="store_true", help="say nothing on standard error while all is well")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 after SIGTERM or Ctrl-C, whenever they come; 1 when the gateway refuses the before environment."""
    if not 1 <= args.requests <= _MOST:
        raise UsageError(f"--requests {args.requests} is out of range; use 1 to {_MOST}")
    for flag, port in (("--control-port", args.control_port), ("--admin-port", args.admin_port)):
        if not 0 <= port <= _HIGHEST_PORT:
            raise UsageError(f"{flag} {port} is no port; use 1 to {_HIGHEST_PORT}, or 0 for any free one")
    if args.control_port and args.control_port == args.admin_port:
        raise UsageError("--control-port and --admin-port are the same; two listeners need two ports")
    files = environments.to_run(environments.as_given(args), args)
    plan = Plan(*files, rollback_is_default=args.rollback is None, seed=args.seed, requests=args.requests)
    try:
        return _served(plan, args)
    except KeyboardInterrupt:
        return 0
    except StepFailed as refused:
        sys.stderr.write(f"sombra-rehearsal: {refused}\n")
        return 1


def _served(plan: Plan, args: argparse.Namespace) -> int:
    from harness.serve import Ports, Running  # noqa: PLC0415  the fake world, which other verbs can spare
    from harness.targets import BadChoice, Processes, chosen  # noqa: PLC0415  as above
    from harness.targets.serving import is_taken  # noqa: PLC0415  as above

    for flag, port in (("--control-port", args.control_port), ("--admin-port", args.admin_port)):
        if is_taken(port):
            raise UsageError(f"{flag} {port} is taken by another program; stop it, or choose another port")
    tell: Callable[[str], None] = (lambda _: None) if args.quiet else _say
    try:
        with chosen(args.kms) as kms:
            target = Processes(upstream=kms.endpoint, is_guarded=True)
            ports = Ports(args.control_port, args.admin_port)
            tell(f"starting, and making {plan.requests} requests …")
            with Running(plan, lambda secrets: target.open(world_plan(plan, secrets)), _say, ports) as running:
                sys.stdout.write(json.dumps(running.ready) + "\n")
                sys.stdout.flush()
                tell(f"ready; the admin page is at {running.ready['admin_url']}. Ctrl-C stops everything.")
                running.wait()
            return 0
    except BadChoice as error:
        raise UsageError(str(error)) from error


def _say(text: str) -> None:
    sys.stderr.write(f"sombra-rehearsal: {text}\n")
    sys.stderr.flush()
