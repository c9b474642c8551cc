"""What a run over mutants established: planned, executed, killed, and which checks have bitten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.mutants.mutant import Mutant
from harness.mutants.trial import Fate, Trial


@dataclass(frozen=True, slots=True)
class Score:
    """The trials of the planned mutants beside the control's."""

    mutants: Mapping[str, Mutant]
    control: Trial
    trials: Sequence[Trial]

    @property
    def counts(self) -> dict[str, int]:
        """A mutant is executed when its rehearsal came to a verdict that says something of it."""
        fates = [trial.fate for trial in self.trials]
        killed = fates.count(Fate.KILLED)
        return {"planned": len(self.mutants), "executed": killed + fates.count(Fate.SURVIVED), "killed": killed}

    @property
    def is_control_green(self) -> bool:
        """Sombra as it is was a GO; without that, no other trial means anything."""
        return self.control.fate is Fate.SURVIVED and not self.control.failed

    @property
    def survivors(self) -> tuple[str, ...]:
        """Those that no check of their own killed."""
        return tuple(trial.id for trial in self.trials if trial.fate is Fate.SURVIVED)

    @property
    def exit_code(self) -> int:
        """0 all killed; 1 a survivor; 3 nothing can be said: the control is red, or not every mutant was executed."""
        counts = self.counts
        if not self.is_control_green or not counts["planned"]:
            return 3
        if self.survivors:
            return 1
        return 0 if counts["executed"] == counts["planned"] else 3

    def toothless(self, checks: Collection[str]) -> tuple[str, ...]:
        """The checks that killed none of these mutants."""
        bitten = {check for trial in self.trials for check in trial.killed_by}
        return tuple(check for check in checks if check not in bitten)

    def to_json(self) -> dict[str, Any]:
        """The document of `mutants --json`."""
        rows = [_row(self.mutants[trial.id], trial) for trial in self.trials]
        return {"counts": self.counts, "control": self.control.to_json(), "mutants": rows}


def _row(mutant: Mutant, trial: Trial) -> dict[str, Any]:
    declared = {"title": mutant.title, "family": mutant.family, "breaks": mutant.claims, "expected": mutant.checks}
    return {**trial.to_json(), **declared}
