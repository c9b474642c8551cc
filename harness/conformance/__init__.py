"""What AWS KMS answers, as data, and how any KMS that speaks its protocol is held against it."""

from harness.conformance.row import Row
from harness.conformance.table import ROWS
from harness.conformance.trial import Outcome, Verdict, tried

__all__ = ["ROWS", "Outcome", "Row", "Verdict", "tried"]
