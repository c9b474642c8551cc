"""What a scenario file shows: each action, artifact and status against the reference model."""

from __future__ import annotations

from harness.checks.check import Evidence, check
from harness.explore.judgement import ACTION, ARTIFACT, STATUS, held
from harness.verdict import Verdict, failed, passed, unknown


@check("walk-actions", "Each action ends as the model says", "G-01", "G-05", "G-09", "G-20", apart=True)
def walk_actions(evidence: Evidence) -> Verdict:
    """Done, or refused for the cause that the model names."""
    return _all_held(evidence, ACTION, "actions")


@check(
    "walk-artifacts", "After each action everything opens that must, and nothing else", "G-03", "G-04", "G-11", "G-23",
    "G-24", "D-12", apart=True,
)  # fmt: skip
def walk_artifacts(evidence: Evidence) -> Verdict:
    """Readable if and only if the model says so, for the cause that it names."""
    return _all_held(evidence, ARTIFACT, "looks at artifacts")


@check("walk-statuses", "Each request stands where its steps have left it", "G-05", "G-21", apart=True)
def walk_statuses(evidence: Evidence) -> Verdict:
    """A refused step leaves the request where it was."""
    return _all_held(evidence, STATUS, "looks at statuses")


def _all_held(evidence: Evidence, sort: str, what: str) -> Verdict:
    """Unknown when an action was begun and never ended; a sort of which there was nothing to see is no failure."""
    if len(evidence.of("acting")) != len(evidence.of("acted")) or not evidence.of("acted"):
        return unknown("the actions did not come to an end")
    every = list(held(evidence.history))
    mine = [each for each in every if each.sort == sort]
    wrong = [each for each in mine if each.difference is not None]
    if wrong:
        return failed(
            f"{len(wrong)} of {len(mine)} {what} differ: {wrong[0].difference}", [each.event for each in wrong]
        )
    numbers = list(dict.fromkeys(each.event for each in mine or every))
    return passed(f"all {len(mine)} {what} agree", numbers[:20])
