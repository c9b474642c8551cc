"""Every configuration as writer against every configuration as reader, for every artifact class (claims.md)."""

from harness.matrix.classes import Pair, PairClass, every_class
from harness.matrix.configuration import Configuration, every_configuration
from harness.matrix.execution import Cell, Executed, execute

__all__ = [
    "Cell",
    "Configuration",
    "Executed",
    "Pair",
    "PairClass",
    "every_class",
    "every_configuration",
    "execute",
]
