"""What runs in the process of one mutant: the trial, and its outcome as the last line of standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

from harness.catalogue import scenarios
from harness.mutants.mutant import Mutant
from harness.mutants.trial import CONTROL, try_out
from harness.target import Target
from harness.targets.inprocess import InProcess
from harness.targets.process import Processes

GUIDE = "guide"
LIVES = "starts_and_stops"
"""What a wrong process is rehearsed on: its lives, without the forks, which run in this process."""


def main(argv: Sequence[str], known: Mapping[str, Mutant]) -> int:
    """Try the mutant that is named; a crash is a crash, for the crew to see."""
    mutant = CONTROL if argv[0] == CONTROL.id else known[argv[0]]
    scenario = scenarios()[LIVES if mutant.is_process else GUIDE]
    trial = try_out(mutant, scenario, target=target_of(mutant))
    sys.stdout.write(json.dumps(trial.to_json()) + "\n")
    return 0


def target_of(mutant: Mutant) -> Target:
    """In this process, or the wrong gateway as a process between a stand-in and a KMS that are right."""
    if not mutant.is_process:
        return InProcess()
    return Processes((sys.executable, "-m", "harness.targets.wrong", "gateway", mutant.id))
