"""What `sombra-rehearsal` does on a command line: verbs, flags, exit codes (interface.md)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness.commands import doctor, judge, listing, rehearse
from harness.commands.usage import UsageError

USAGE_EXIT = 2
INTERRUPTED_EXIT = 3
_VERBS = {"rehearse": rehearse, "doctor": doctor, "judge": judge, "list": listing}


class _Parser(argparse.ArgumentParser):
    """Usage errors exit with 2 and say how to go on."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 go, 1 no-go, 2 usage, 3 inconclusive."""
    parser = _Parser(prog="sombra-rehearsal", description="Rehearse the cutover from Local KMS to AWS KMS, and back.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, module in _VERBS.items():
        module.add_arguments(verbs.add_parser(name, help=module.HELP, description=module.HELP))
    args = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    try:
        return int(_VERBS[args.verb].run(args))
    except UsageError as error:
        sys.stderr.write(f"sombra-rehearsal: {error}\n")
        return USAGE_EXIT
    except KeyboardInterrupt:
        sys.stderr.write("sombra-rehearsal: interrupted; everything that was started is stopped.\n")
        return INTERRUPTED_EXIT
    except BrokenPipeError:
        return USAGE_EXIT


if __name__ == "__main__":
    sys.exit(main())
