"""What runs in the process of one mutant: the trial, and its outcome as the last line of standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from harness.catalogue import scenarios
from harness.judge import table
from harness.mutants.mutant import Mutant
from harness.mutants.trial import CONTROL, try_out
from harness.target import Target
from harness.targets.inprocess import InProcess
from harness.targets.process import Processes

GUIDE = "guide"
LIVES = "starts_and_stops"
"""What a wrong process is rehearsed on: its lives, without the forks, which run in this process."""
ENDED = "ended "
_LATE = ("boto3", "harness.doctor.command", "moto.kms.models")


def main(argv: Sequence[str], known: Mapping[str, Mutant]) -> int:
    """Try the mutant that is named, or each that standard input names, in a fork of this process."""
    if argv:
        return _try(argv[0], known)
    scenarios()  # imported once for all, as is what a rehearsal loads when it comes to it
    table()
    for late in _LATE:
        import_module(late)
    for line in sys.stdin:
        code = _forked(line.strip(), known)
        sys.stdout.write(f"{ENDED}{code}\n")
        sys.stdout.flush()
    return 0


def _forked(name: str, known: Mapping[str, Mutant]) -> int:
    """Nothing of a mutant reaches the next one; a crash is a crash, for the crew to see."""
    child = os.fork()  # nothing here has started a thread
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        code = _try(name, known)
    finally:
        if code:
            sys.excepthook(*sys.exc_info())  # there is one, or the code were 0
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # the parent's buffers and handlers are the parent's


def _try(name: str, known: Mapping[str, Mutant]) -> int:
    mutant = CONTROL if name == CONTROL.id else known[name]
    scenario = scenarios()[LIVES if mutant.is_process else GUIDE]
    trial = try_out(mutant, scenario, target=target_of(mutant))
    sys.stdout.write(json.dumps(trial.to_json()) + "\n")
    return 0


def target_of(mutant: Mutant) -> Target:
    """In this process, or the wrong gateway as a process between a stand-in and a KMS that are right."""
    if not mutant.is_process:
        return InProcess()
    return Processes((sys.executable, "-m", "harness.targets.wrong", "gateway", mutant.id))
