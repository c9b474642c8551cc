"""The Run: everything one rehearsal established, as it is stored, judged again and rendered.

`Run.to_json` is the document `sombra-rehearsal/run/1` of `interface.md`; every reporter renders a Run and
nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from harness.verdict import Outcome, Result

SCHEMA = "sombra-rehearsal/run/1"

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something visible in the operator's files; line and column count from 1, `next` is the next action."""

    id: str
    level: Level
    claim: str
    file: str
    line: int
    message: str
    next: str
    column: int = 1


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of the window: measured seconds, declared real-life seconds, and how it ended."""

    id: str
    title: str
    claims: tuple[str, ...]
    outcome: Literal["ok", "failed", "skipped"]
    duration_s: float
    declared_s: float
    point_of_no_return: bool
    in_window: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """The maintenance window: its budget against the measured and declared sums (G-15), in seconds."""

    budget_s: float
    used_s: float
    declared_s: float
    steps: tuple[StepRecord, ...]


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One executed check; `worlds` names the trunk or forks it judged."""

    id: str
    title: str
    claims: tuple[str, ...]
    result: Result
    why: str
    evidence: tuple[int, ...]
    worlds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """A claim passes only if every check that cites it passes."""

    result: Result
    why: str
    checks: tuple[str, ...]
    evidence: tuple[int, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class SurvivalRow:
    """How many artifacts of a class and era were readable at a moment, and how many must be."""

    artifact: str
    era: str
    moment: str
    count: int
    readable: int
    expected: int
    causes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Config:
    """The rehearsed environments: facts and fingerprints, never a value; `digest` binds them."""

    digest: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    rollback: Mapping[str, Any]
    overlay: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One rehearsal, judged. `error_rates` counts refusals by cause and moment (G-22)."""

    version: str
    scenario: str
    target: str
    kms: str
    seed: int
    verdict: Outcome
    reason: str
    duration_s: float
    started_at: str
    config: Config
    window: Window
    checks: tuple[CheckRecord, ...]
    claims: Mapping[str, ClaimRecord]
    survival: tuple[SurvivalRow, ...]
    findings: tuple[Finding, ...]
    checks_planned: int
    error_rates: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    worlds: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Planned, executed and by result."""
        results = [check.result for check in self.checks]
        return {
            "checks_planned": self.checks_planned,
            "checks_executed": len(results),
            "passed": results.count(Result.PASS),
            "failed": results.count(Result.FAIL),
            "unknown": results.count(Result.UNKNOWN),
        }

    def to_json(self) -> dict[str, Any]:
        """The document `run.json`; evidence numbers point into `history.jsonl`."""
        document = asdict(self)
        document.pop("checks_planned")
        return {"schema": SCHEMA, **document, "counts": self.counts}
