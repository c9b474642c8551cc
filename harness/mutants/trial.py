"""How one mutant is tried: the rehearsal runs on it as on any Sombra, and its named check must fail for its claim."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from harness.environment import default_rollback
from harness.generated import before_and_after
from harness.mutants.mutant import Mutant
from harness.progress import Silent
from harness.run import Run
from harness.runbook import Scenario
from harness.runner import Plan, rehearse
from harness.target import Target
from harness.verdict import Outcome, Result

REQUESTS = 16
"""One in each status: the least with which every check can judge."""

CONTROL = Mutant("unmutated", "Sombra as it is, which must be a GO", (), (), lambda _: None)


class Fate(StrEnum):
    """How a trial ended; the control is meant to survive."""

    KILLED = "killed"
    SURVIVED = "survived"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one mutant, and which checks failed on it."""

    id: str
    fate: Fate
    why: str
    killed_by: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """As a worker hands it over."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Trial:
        """Read it back; raises KeyError, TypeError or ValueError for anything else."""
        lists = {name: tuple(map(str, document[name])) for name in ("killed_by", "failed", "claims")}
        return cls(
            str(document["id"]),
            Fate(document["fate"]),
            str(document["why"]),
            seconds=float(document["seconds"]),
            **lists,
        )


def try_out(mutant: Mutant, scenario: Scenario, *, target: Target, requests: int = REQUESTS) -> Trial:
    """Rehearse on a mutant in this process; what the rehearsal raises is not caught."""
    began = time.monotonic()
    before, after = before_and_after()
    plan = Plan(before, after, default_rollback(after), requests=requests)
    with mutant.alive():
        run = rehearse(scenario, plan, target=target, progress=Silent()).run
    return judged(mutant, run, seconds=round(time.monotonic() - began, 3))


def judged(mutant: Mutant, run: Run, *, seconds: float = 0.0) -> Trial:
    """Killed means: a no-go in which a named check failed, and with it a claim that this mutant breaks."""
    failed = [check for check in run.checks if check.result is Result.FAIL]
    claims = tuple(claim for claim, record in run.claims.items() if record.result is Result.FAIL)
    killers = tuple(
        check.id
        for check in failed
        if check.id in mutant.checks and set(check.claims) & set(claims) & set(mutant.claims)
    )
    fate, why = _fate(run, killers)
    return Trial(mutant.id, fate, why, killers, tuple(check.id for check in failed), claims, seconds)


def _fate(run: Run, killers: tuple[str, ...]) -> tuple[Fate, str]:
    if killers and run.verdict is Outcome.NO_GO:
        return Fate.KILLED, next(check.why for check in run.checks if check.id == killers[0])
    if run.verdict is Outcome.INCONCLUSIVE:
        return Fate.INCONCLUSIVE, run.reason
    if run.verdict is Outcome.GO:
        return Fate.SURVIVED, run.reason
    return Fate.SURVIVED, f"no-go, but none of its own checks failed: {run.reason}"
