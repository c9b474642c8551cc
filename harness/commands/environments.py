"""The three environments that a world is run with: the operator's files, or generated ones."""

from __future__ import annotations

import argparse

from harness.commands.usage import UsageError
from harness.environment import EnvFile, EnvFileError, default_rollback
from harness.generated import before_and_after, with_fresh_keys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that name them."""
    parser.add_argument("--before", metavar="FILE", help="env file of today (docker --env-file syntax)")
    parser.add_argument("--after", metavar="FILE", help="env file of the cutover")
    parser.add_argument("--rollback", metavar="FILE", help="default: --after with KMS_PROVIDER=local")
    parser.add_argument("--generate-keys", action="store_true", help="run with fresh keys in place of the files'")


Three = tuple[EnvFile, EnvFile, EnvFile]


def as_given(args: argparse.Namespace) -> Three:
    """Before, after and rollback as they stand in the files; raises `UsageError`."""
    if (args.before is None) != (args.after is None) or (args.rollback and args.after is None):
        raise UsageError("--before and --after belong together; give both, or neither for generated ones")
    try:
        before, after = (
            before_and_after() if args.before is None else (EnvFile.read(args.before), EnvFile.read(args.after))
        )
        rollback = EnvFile.read(args.rollback) if args.rollback else default_rollback(after)
    except EnvFileError as error:
        raise UsageError(str(error)) from error
    return before, after, rollback


def to_run(files: Three, args: argparse.Namespace) -> Three:
    """The same, with fresh keys where the command line asks for them."""
    if not args.generate_keys:
        return files
    before, after, rollback = with_fresh_keys(*files)
    return before, after, rollback
