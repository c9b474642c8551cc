"""Whether the guide holds for a provider it was not written for: its own checks, unchanged, on the drill (G-26)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from harness.checks.check import CHECKS, Check, Evidence, check
from harness.drill import PROVIDER, WORLD
from harness.verdict import Verdict, failed, passed

OF_AWS: Final[Mapping[str, str]] = {
    "kms-never-signs": "reads the journal of AWS KMS",
    "one-call-pair-a-key": "reads the journal of AWS KMS",
    "refusals-were-attempts": "reads the journal of AWS KMS",
    "openings-were-attempts": "reads the journal of AWS KMS",
    "local-leaves-kms-alone": "reads the journal of AWS KMS",
    "only-granted-actions": "reads the journal of AWS KMS",
}
"""Checks that speak of AWS KMS itself, and why."""
_OF_FORKS: Final = frozenset({"procedure-completes", "rollback-from-every-step"})
"""Checks that judge forks which they do not name, or the run as a whole."""


@check(
    "further-provider-generalises",
    "The guide's steps, run and judged unchanged on a further provider, hold",
    "G-26",
    worlds=(WORLD,),
)
def further_provider_generalises(evidence: Evidence) -> Verdict:
    """Every check of the trunk that is not about AWS itself, on the drill alone."""
    drill = evidence.alone(WORLD)
    boots = [event for event in drill.of("booted") if event["accepted"]]
    if [event["provider"] for event in boots] != ["local", PROVIDER, "local"]:
        return failed(f"the drill did not go from local to {PROVIDER} and back", [event.n for event in boots])
    judged = tuple(unchanged())
    for each in judged:
        verdict = each.verdict(drill)
        if verdict.result != "pass":
            return replace(verdict, why=f"{each.id}: {verdict.why}")
    return passed(f"{len(judged)} checks of the guide hold on {PROVIDER}", [event.n for event in boots])


def unchanged() -> Iterator[Check]:
    """The checks of the trunk that ask for no fork and say nothing of AWS itself."""
    return (each for each in CHECKS.values() if not each.worlds and each.id not in OF_AWS and each.id not in _OF_FORKS)
