"""What an exploration tells: the verdict, the counts, the goals, and a failing walk as a scenario file."""

from __future__ import annotations

import json
from typing import Any, Final

from harness.explore.goals import goals, sentence
from harness.explore.search import Explored, Failure
from harness.explore.transcript import written
from harness.store import HISTORY
from harness.verdict import Outcome

SCHEMA: Final = "sombra-rehearsal/explore/1"


def verdict_of(explored: Explored) -> tuple[Outcome, str]:
    """A difference is a no-go; a run that was cut short, or has not reached every goal, has shown nothing."""
    session = explored.session
    if explored.failure is not None:
        return Outcome.NO_GO, str(explored.failure.differences[0])
    if explored.was_interrupted:
        return Outcome.INCONCLUSIVE, "interrupted"
    if not sum(session.steps.values()):
        return Outcome.INCONCLUSIVE, "no step was taken"
    missing = session.coverage.missing
    if missing:
        many = f"{len(missing)} of {len(goals())} goals were not reached"
        return Outcome.INCONCLUSIVE, f"{many}, first {sentence(missing[0])}"
    return Outcome.GO, "Sombra is what the reference model says, wherever it was looked at"


def as_text(explored: Explored, *, target: str, kept: str) -> str:
    """For a person: the verdict first, then what it rests on; `kept` is the scenario file's path, if there is one."""
    outcome, reason = verdict_of(explored)
    session, failure = explored.session, explored.failure
    steps = sum(session.steps.values())
    looks = f"{session.compared:,} looks at artifacts"
    lines = [
        f"{outcome.upper()}: {reason}",
        f"{session.walks:,} walks, {steps:,} steps, {looks}; seed {explored.budget.seed}, target {target}",
        f"{len(session.coverage.reached)} of {len(goals())} goals reached",
        *(f"   not reached  {sentence(goal)}" for goal in session.coverage.missing if failure is None),
        "steps/s a core: " + ", ".join(f"{session.rate(each):,.0f} {each}" for each in sorted(session.steps)),
        f"history sha256:{session.digest}",
    ]
    if failure is not None:
        lines += ["", *_failing(failure), f"Walk it again: {again(kept, target=target)}"]
    return "\n".join(lines) + "\n"


def again(kept: str, *, target: str) -> str:
    """The one line that walks a kept scenario file again."""
    return f"sombra-rehearsal rehearse {kept} --target {target}"


def _failing(failure: Failure) -> list[str]:
    lines = [f"   {action}" for action in failure.trace]
    lines += [f"-> {difference}" for difference in failure.differences[:10]]
    if not failure.is_steady:
        lines.append("   walked again, nothing differed: Sombra does not always do the same")
    return lines


def as_json(explored: Explored, *, target: str, kept: str) -> dict[str, Any]:
    """Everything, for a program."""
    outcome, reason = verdict_of(explored)
    session, failure, budget = explored.session, explored.failure, explored.budget
    return {
        "schema": SCHEMA,
        "verdict": str(outcome),
        "reason": reason,
        "target": target,
        "budget": {
            "examples": budget.examples,
            "steps": budget.steps,
            "seed": budget.seed,
            "minutes": budget.minutes,
        },
        "counts": {
            "walks": session.walks,
            "steps": dict(session.steps),
            "looks": session.compared,
            "goals": len(goals()),
            "goals_reached": len(session.coverage.reached),
        },
        "steps_per_second": {each: round(session.rate(each), 1) for each in sorted(session.steps)},
        "history": f"sha256:{session.digest}",
        "reached": {sentence(goal): session.coverage.reached[goal] for goal in goals()},
        "not_reached": [sentence(goal) for goal in session.coverage.missing],
        "failure": None
        if failure is None
        else {
            "actions": [str(action) for action in failure.trace],
            "differences": [str(difference) for difference in failure.differences],
            "is_steady": failure.is_steady,
            "scenario": kept,
            "command": again(kept, target=target),
        },
    }


def kept_files(explored: Explored, *, kept: str, target: str) -> dict[str, str]:
    """The failing walk as a scenario file, and its history; nothing where nothing differs."""
    failure = explored.failure
    if failure is None:
        return {}
    remarks = (
        f"Found by explore, seed {explored.budget.seed}, and shortened: after the last line the two differ.",
        *(str(difference) for difference in failure.differences[:3]),
        again(kept, target=target),
    )
    history = "".join(f"{json.dumps(event.to_json())}\n" for event in failure.history)
    return {"scenario.txt": written(failure.trace, remarks=remarks), HISTORY: history}
