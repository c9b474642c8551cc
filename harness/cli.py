"""What `sombra-rehearsal` does on a command line: verbs, flags, exit codes (interface.md)."""

from __future__ import annotations

import argparse
import gc
import importlib
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from types import FrameType
from typing import Any, TextIO

from harness.commands.usage import UsageError
from harness.report.characters import one_line, shown
from harness.signals import ENDINGS
from harness.target import TargetFailed

_PROGRAM = "sombra-rehearsal"  # and the distribution it comes in

USAGE_EXIT = 2
INCONCLUSIVE_EXIT = 3
_SOON_S = 0.01  # after which a Ctrl-C that came while a module was loaded is heard again
_WAITING = {"wait_for", "join", "_wait_for_tstate_lock"}  # in threading; what is not said of `wait` is over at once
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
        with _interruptions():
            words = sys.argv[1:] if argv is None else list(argv)
            gc.set_threshold(200_000, 50, 100)  # a run makes much and lets little go; measured: a tenth of its time
            args = parser(only=words[0] if words and words[0] in _VERBS else None).parse_args(words)
            code = int(args.run_verb(args))
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


def parser(*, only: str | None = None) -> argparse.ArgumentParser:
    """What the command line takes, or what one verb takes.

    Verbs are imported here, as above a Ctrl-C would be a traceback, and one alone where only that is asked for.
    """
    whole = _Parser(prog=_PROGRAM, description="Rehearse the cutover from Local KMS to AWS KMS, and back.")
    whole.add_argument("--version", action="version", version=f"%(prog)s {version(_PROGRAM)}")
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


@contextmanager
def _interruptions() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does, with nothing left behind; a signal that was ignored stays so."""
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in ENDINGS if is_main}
    ours = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in ours:
        signal.signal(number, _interrupted)
    try:
        yield
    finally:
        # Where a Ctrl-C breaks off text that is executed, which is how @dataclass works, CPython dies of it at its end,
        # whatever was returned, unless text was executed since then.
        exec("")  # noqa: S102
        if is_main:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in ours.items():
            if signal.getsignal(number) is _interrupted:  # else the program is about to end
                signal.signal(number, handler or signal.SIG_DFL)


def _interrupted(number: int, frame: FrameType | None) -> None:
    """End the run; whoever asks again, and again, does not disturb the stopping.

    A module is loaded to its end first: what is raised in one may be lost, or come out as an error of another kind
    (CPython turns whatever `__set_name__` raises into a RuntimeError). And a lock changes hands first.
    """
    if _is_loading(frame) or _is_locking(frame):
        _interrupt_soon(number)
        return
    for each in ENDINGS:
        signal.signal(each, signal.SIG_IGN)
    sys.unraisablehook = _unheard
    warnings.simplefilter("ignore")  # a coroutine that is let go half done would say so with a warning
    raise KeyboardInterrupt


def _interrupt_soon(number: int) -> None:
    signal.signal(number, _interrupted)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    signal.setitimer(signal.ITIMER_REAL, _SOON_S)


def _unheard(lost: Any) -> None:
    """What is raised while something is let go reaches nobody: an interruption comes again, anything else is silent.

    Else an event loop that was half made would say so with a traceback.
    """
    if issubclass(lost.exc_type, KeyboardInterrupt):
        _interrupt_soon(signal.SIGINT)


def _is_loading(frame: FrameType | None) -> bool:
    """Whether a module is being imported where the signal came."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


def _is_locking(frame: FrameType | None) -> bool:
    """Whether a lock of `threading` was being taken or let go where the signal came.

    Its conditions are written in Python: what is raised when one has the lock and its `with` does not know it yet keeps
    that lock for ever, and a thread that is to bring the answer of a call waits for it as long.
    """
    while frame is not None and frame.f_code.co_filename == __file__:  # a signal that is heard again
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename != threading.__file__:
        return False
    if frame.f_code.co_name == "wait":
        return "saved_state" not in frame.f_locals  # what it has let go, and takes again however its waiting ends
    return frame.f_code.co_name not in _WAITING


if __name__ == "__main__":
    sys.exit(main())
