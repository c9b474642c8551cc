"""What runs in the process of one mutant: the trial, and its outcome as the last line of standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

from harness.catalogue import scenarios
from harness.mutants.mutant import Mutant
from harness.mutants.trial import CONTROL, try_out
from harness.targets.inprocess import InProcess

SCENARIO = "guide"


def main(argv: Sequence[str], known: Mapping[str, Mutant]) -> int:
    """Try the mutant that is named; a crash is a crash, for the crew to see."""
    mutant = CONTROL if argv[0] == CONTROL.id else known[argv[0]]
    trial = try_out(mutant, scenarios()[SCENARIO], target=InProcess())
    sys.stdout.write(json.dumps(trial.to_json()) + "\n")
    return 0
