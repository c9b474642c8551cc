"""What `sombra-rehearsal` does on a command line: verbs, flags, exit codes (interface.md)."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from harness.commands import doctor, judge, listing, rehearse, report
from harness.commands.usage import UsageError
from harness.target import TargetFailed

USAGE_EXIT = 2
INCONCLUSIVE_EXIT = 3
_VERBS = {"rehearse": rehearse, "doctor": doctor, "judge": judge, "report": report, "list": listing}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 go, 1 no-go, 2 usage, 3 inconclusive."""
    parser = argparse.ArgumentParser(
        prog="sombra-rehearsal", description="Rehearse the cutover from Local KMS to AWS KMS, and back."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, module in _VERBS.items():
        module.add_arguments(verbs.add_parser(name, help=module.HELP, description=module.HELP))
    args = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupted)
    try:
        return int(_VERBS[args.verb].run(args))
    except UsageError as error:
        sys.stderr.write(f"sombra-rehearsal: {error}\n")
        return USAGE_EXIT
    except TargetFailed as failure:
        sys.stderr.write(f"sombra-rehearsal: the rehearsal could not be set up: {failure}\n")
        return INCONCLUSIVE_EXIT
    except KeyboardInterrupt:
        sys.stderr.write(
            "sombra-rehearsal: interrupted; everything that was started is stopped, "
            "and what was recorded is kept in the run's folder.\n"
        )
        return INCONCLUSIVE_EXIT
    except BrokenPipeError:
        return USAGE_EXIT


def _interrupted(*_: object) -> None:
    """SIGTERM ends a run as Ctrl-C does: nothing that was started stays behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
