"""The ways in which a cutover is known to go wrong, each with the run that reproduces and detects it."""

from harness.failures.detection import ByCheck, ByRule, Detection, Detector, counts, fails, rule
from harness.failures.exemptions import EXEMPT, Exempt
from harness.failures.mode import Look, Mode, Seen, failure
from harness.failures.stage import Stage, Theatre
from harness.failures.trial import Fate, Observation, Trial, try_out

__all__ = [
    "EXEMPT",
    "ByCheck",
    "ByRule",
    "Detection",
    "Detector",
    "Exempt",
    "Fate",
    "Look",
    "Mode",
    "Observation",
    "Seen",
    "Stage",
    "Theatre",
    "Trial",
    "counts",
    "fails",
    "failure",
    "rule",
    "try_out",
]
