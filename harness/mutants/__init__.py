"""Deliberately wrong Sombras, and the proof that the checks notice each of them."""

from harness.mutants.mutant import Mutant, Patches, mutant
from harness.mutants.trial import CONTROL, Fate, Trial, try_out

__all__ = ["CONTROL", "Fate", "Mutant", "Patches", "Trial", "mutant", "try_out"]
