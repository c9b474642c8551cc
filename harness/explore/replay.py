"""A scenario file as a scenario: its actions on a world, everything looked at after each, judged like any run."""

from __future__ import annotations

from typing import Final

from harness.explore.environments import ARNS
from harness.explore.transcript import Transcript
from harness.explore.walk import Walk
from harness.runbook import Runbook, Scenario
from harness.target import control

CHECKS: Final = ("walk-actions", "walk-artifacts", "walk-statuses")


def scenario_of(transcript: Transcript) -> Scenario:
    """Walk a transcript up to the first difference; the checks say what it was."""

    def body(run: Runbook) -> None:
        r = run.rehearsal
        arns = (ARNS[name] for name in ("x", "y"))
        r.need("make the KMS keys", [control("kms-control", "POST", "/keys", {"arn": arn}) for arn in arns])
        walk = Walk.through(r.world, r.secrets, r.history)
        for action in transcript.actions:
            with run.step(action.verb, str(action)):
                differences = walk.act(action) or walk.compare_all()
            if differences:
                return

    title = f"{len(transcript.actions)} actions of {transcript.name}"
    return Scenario(transcript.name, title, body, CHECKS)
