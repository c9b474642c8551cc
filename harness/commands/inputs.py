"""The flags by which `doctor` and `plan` are given the operator's files."""

from __future__ import annotations

import argparse

from harness.commands.usage import UsageError
from harness.doctor.documents import READERS
from harness.doctor.inputs import Inputs
from harness.doctor.policies import as_principal

_HELP = {
    "values": "values of the public chart, merged in order",
    "manifests": "rendered manifests, a file or a folder",
    "compose": "compose files, merged in order",
    "ecs": "a task definition, a service",
    "tfplan": "a Terraform plan, as `terraform show -json` prints it",
    "iam-policy": "a policy of the role that Sombra runs as",
    "key-policy": "the policy of the KMS key",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare one flag for each kind of file."""
    parser.add_argument("--before", metavar="FILE", help="the environment of today (docker --env-file)")
    parser.add_argument("--after", metavar="FILE", help="the environment of the cutover")
    parser.add_argument("--rollback", metavar="FILE", help="default: --after with KMS_PROVIDER=local")
    for kind in READERS:
        parser.add_argument(f"--{kind}", metavar="FILE", action="append", default=[], help=_HELP[kind])
    parser.add_argument("--principal", metavar="ARN", help="as whom Sombra calls KMS (default: the deployment's role)")


def given(args: argparse.Namespace) -> Inputs:
    """What the flags name; raises UsageError when they name nothing."""
    documents = {kind: tuple(getattr(args, kind.replace("-", "_"))) for kind in READERS}
    if args.principal is not None and not as_principal(args.principal):
        raise UsageError("--principal is no caller's ARN; write arn:aws:iam::<account>:role/<name>")
    inputs = Inputs(args.before, args.after, args.rollback, documents, args.principal)
    if not inputs:
        raise UsageError(f"{args.verb} was given no file; name at least --before and --after")
    return inputs
