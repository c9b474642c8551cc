"""Failure modes that nothing reproduces yet: why, and the work that will."""

from __future__ import annotations

from dataclasses import dataclass

from harness.failures.described import Described


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt(Described):
    """One of the fifty without a run; it is listed, and counts neither way."""

    reason: str
    issue: str


EXEMPT: tuple[Exempt, ...] = (
    Exempt(
        id="F38",
        title="Deferred jobs wake hours, days and weeks after the cutover",
        claims=("G-05", "G-22"),
        symptom="All is signed off; twelve hours, a day, a week or thirty days later requests of before fail one by "
        "one.",
        cause="Reminders, waiting periods and retries of requests that were in flight come due long after the window, "
        "and need a key that Local wrapped.",
        detect="Count requests in ON_HOLD, WAITING and DELAYED before the cutover; watch refusals by cause for thirty "
        "days.",
        remedy="Drain or restart what waits before the window, or tell everybody on which day it will fail.",
        says="wrong_provider",
        reason="nothing in the stand-in comes due by itself: it needs the virtual clock",
        issue="W6",
    ),
)
