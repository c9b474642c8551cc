"""What the real key really lets the caller do, held against the environment of the cutover (`doctor --live`)."""

from harness.doctor.live.look import look
from harness.doctor.live.rules import RULES
from harness.doctor.live.told import FACTS, IDENTITY, LATENCY

__all__ = ["FACTS", "IDENTITY", "LATENCY", "RULES", "look"]
