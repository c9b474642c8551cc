"""What `sombra-rehearsal` does on a command line: verbs, flags, exit codes (interface.md)."""

from __future__ import annotations

import argparse
import gc
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

from harness.commands.usage import UsageError
from harness.interruption import interruptible
from harness.report.characters import one_line, shown
from harness.target import TargetFailed

_PROGRAM = "sombra-rehearsal"  # and the distribution it comes in
_VERSION = "--version"

USAGE_EXIT = 2
INCONCLUSIVE_EXIT = 3
_KEPT = "; what was recorded is kept in the run's folder."
_VERBS = {
    "rehearse": "rehearse",
    "doctor": "doctor",
    "plan": "plan",
    "judge": "judge",
    "report": "report",
    "list": "listing",
    "kms": "kms",
    "mutants": "mutants",
    "matrix": "matrix",
    "serve": "serve",
    "failures": "failures",
    "explore": "explore",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 0 go, 1 no-go, 2 usage, 3 inconclusive."""
    _open_closed_streams()
    # What a library logs is no message to an operator: one that a Ctrl-C breaks off says so with a traceback.
    logging.basicConfig(handlers=[logging.NullHandler()])
    try:
        return _code_of(argv)
    finally:
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            _let_go_of(sys.stderr)


def _code_of(argv: Sequence[str] | None) -> int:
    try:
        with interruptible():
            code = _done(sys.argv[1:] if argv is None else list(argv))
            sys.stdout.flush()
    except UsageError as error:
        return _ended(USAGE_EXIT, str(error))
    except TargetFailed as failure:
        return _ended(INCONCLUSIVE_EXIT, f"the rehearsal could not go on: {failure}")
    except KeyboardInterrupt:
        return _ended(INCONCLUSIVE_EXIT, f"interrupted; everything that was started is stopped{_KEPT}")
    except BrokenPipeError:
        _let_go_of(sys.stdout)
        return USAGE_EXIT
    except OSError as error:
        _let_go_of(sys.stdout)
        where = error.filename or "standard output"
        why = error.strerror or type(error).__name__
        return _ended(USAGE_EXIT, f"{where} cannot be used ({why}); make room, or name another place{_KEPT}")
    return code


def _done(words: list[str]) -> int:
    if words == [_VERSION]:
        sys.stdout.write(f"{_PROGRAM} {_version()}\n")
        return 0
    gc.set_threshold(200_000, 50, 100)  # a run makes much and lets little go; measured: a tenth of its time
    args = parser(only=words[0] if words and words[0] in _VERBS else None).parse_args(words)
    return int(args.run_verb(args))


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  as the verbs

    return version(_PROGRAM)


def parser(*, only: str | None = None) -> argparse.ArgumentParser:
    """What the command line takes, or what one verb takes.

    Verbs are imported here, as above a Ctrl-C would be a traceback, and one alone where only that is asked for.
    """
    whole = _Parser(prog=_PROGRAM, description="Rehearse the cutover from Local KMS to AWS KMS, and back.")
    whole.add_argument(_VERSION, action="store_true", help="print the version, and do nothing else")
    verbs = whole.add_subparsers(dest="verb", required=True)
    for name in _VERBS if only is None else (only,):
        module = importlib.import_module(f"harness.commands.{_VERBS[name]}")
        verb = verbs.add_parser(name, help=module.HELP, description=module.HELP)
        verb.set_defaults(run_verb=module.run)
        module.add_arguments(verb)
    return whole


class _Parser(argparse.ArgumentParser):
    """Repeats a word of the command line only with its control characters spelled out."""

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(shown(message), file)


def _ended(code: int, message: str) -> int:
    """Say on one line why there is no verdict, where somebody listens."""
    with suppress(OSError):
        sys.stderr.write(f"{_PROGRAM}: {one_line(message)}\n")
        sys.stderr.flush()
    return code


def _let_go_of(stream: TextIO) -> None:
    """Drop what nobody will read, so that the interpreter does not stumble over it at its end, and exit with 120."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_closed_streams() -> None:
    """A shell may start a program with its output closed (`>&-`); then it says nothing, and still works."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  lives as long as we do


if __name__ == "__main__":
    sys.exit(main())
