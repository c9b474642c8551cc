"""The flags by which `doctor` and `plan` are given the operator's files."""

from __future__ import annotations

import argparse

from harness.commands.usage import UsageError
from harness.doctor.documents import READERS
from harness.doctor.inputs import Inputs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare one flag for each kind of file."""
    parser.add_argument("--before", metavar="FILE", help="the environment of today (docker --env-file)")
    parser.add_argument("--after", metavar="FILE", help="the environment of the cutover")
    parser.add_argument("--rollback", metavar="FILE", help="default: --after with KMS_PROVIDER=local")
    for kind in READERS:
        parser.add_argument(f"--{kind}", metavar="FILE", action="append", default=[], help=f"{kind} of the cutover")


def given(args: argparse.Namespace) -> Inputs:
    """What the flags name; raises UsageError when they name nothing."""
    documents = {kind: tuple(getattr(args, kind.replace("-", "_"))) for kind in READERS}
    inputs = Inputs(args.before, args.after, args.rollback, documents)
    if not inputs:
        raise UsageError(f"{args.verb} was given no file; name at least --before and --after")
    return inputs
