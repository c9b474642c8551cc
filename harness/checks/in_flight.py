"""What several checks ask of the next steps that in-flight requests took."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.check import Evidence
from harness.history import Event
from harness.rehearsal.in_flight import NEXT_STEPS
from harness.verdict import Verdict, failed, passed, unknown


def all_statuses(steps: Sequence[Event], why: str) -> Verdict:
    """A pass if a request was tried in each of the nine statuses; else nobody knows."""
    missing = set(NEXT_STEPS) - {event["status"] for event in steps}
    if missing:
        return unknown(f"no request was tried in {', '.join(sorted(missing))}")
    return passed(f"{why} ({len(steps)} tries)", [event.n for event in steps])


def what_was_lost(evidence: Evidence, world: str) -> Verdict | None:
    """A failure if what the steps wrote cannot be read back."""
    for event in evidence.of("came-of-it", world=world):
        lost = [name for name in ("enriched", "answered", "attached") if not event[name]]
        if lost:
            return failed(f"what was {lost[0]} cannot be read back", [event.n])
    return None
