"""`doctor`: static preflight of the env files."""

from __future__ import annotations

import argparse
import sys

from harness.doctor import command

HELP = "look for what is wrong in the env files before the window"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--before", required=True, metavar="FILE", help="the environment of today (docker --env-file)")
    parser.add_argument("--after", required=True, metavar="FILE", help="the environment of the cutover")
    parser.add_argument("--rollback", metavar="FILE", help="default: --after with KMS_PROVIDER=local")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--json", metavar="FILE", help="write the findings as JSON too (- for standard output)")


def run(args: argparse.Namespace) -> int:
    """Exit code 0 without an error finding, 1 with one, 2 when a file cannot be used."""
    return command.run(args.before, args.after, args.rollback, fmt=args.format, json_file=args.json, out=sys.stdout)
