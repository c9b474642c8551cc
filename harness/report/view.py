"""What every report says alike: the verdict's words, what is in the way, durations, the window in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.report.characters import one_line
from harness.run import ClaimRecord, Finding, Run, StepRecord, SurvivalRow, Window
from harness.survival import MOMENTS
from harness.verdict import Outcome, Result

ACTIONS: Mapping[Outcome, str] = {
    Outcome.GO: "Proceed as rehearsed.",
    Outcome.NO_GO: "Do not cut over.",
    Outcome.INCONCLUSIVE: "Do not cut over yet.",
}
MARKS: Mapping[str, str] = {
    "pass": "✓",
    "ok": "✓",
    "go": "✓",
    "fail": "✗",
    "failed": "✗",
    "no-go": "✗",
    "error": "✗",
    "warning": "!",
    "note": "i",
    "unknown": "?",
    "inconclusive": "?",
    "not-run": "–",
    "skipped": "–",
}
_LEVELS = ("error", "warning", "note")


def headline(run: Run) -> str:
    """The verdict in one line: the word, what to do, and why."""
    return f"{run.verdict.upper()}: {ACTIONS[run.verdict]} {sentence(run.reason)}".rstrip()


def sentence(text: str) -> str:
    """A reason on one line, with a capital and a full stop."""
    line = one_line(text)
    return line[:1].upper() + line[1:] + ("" if not line or line.endswith((".", "!", "?")) else ".")


def facts(run: Run) -> list[str]:
    """What was rehearsed against what, in a few words each; the seed makes it repeatable."""
    return [
        f"scenario {one_line(run.scenario)}",
        f"target {one_line(run.target)}",
        f"KMS {one_line(run.kms)}",
        f"seed {run.seed}",
        f"took {duration(run.duration_s)}",
        counted(run),
    ]


def started(run: Run) -> str:
    """When the run began, in UTC, as people write it."""
    return one_line(run.started_at).replace("T", " ").removesuffix("Z").removesuffix("+00:00") + " UTC"


def counted(run: Run) -> str:
    """Checks by result, in words: `40 of 41 checks passed, 1 failed`."""
    counts = run.counts
    words = f"{counts['passed']} of {counts['checks_planned']} checks passed"
    if counts["failed"]:
        words += f", {counts['failed']} failed"
    if counts["unknown"]:
        words += f", {counts['unknown']} unknown"
    missing = counts["checks_planned"] - counts["checks_executed"]
    return f"{words}, {missing} not executed" if missing > 0 else words


def in_the_way(run: Run) -> list[tuple[str, ClaimRecord]]:
    """Claims that failed, then claims that could not be judged."""
    return [
        (name, claim)
        for result in (Result.FAIL, Result.UNKNOWN)
        for name, claim in run.claims.items()
        if claim.result is result
    ]


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first; otherwise as they were found."""
    return sorted(findings, key=lambda finding: _LEVELS.index(finding.level))


def duration(seconds: float) -> str:
    """Seconds as a person says them: `2.1 s`, `12 min 30 s`, `1 h 05 min`."""
    if seconds < 59.95:
        return f"{seconds:.1f} s" if seconds else "0 s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"


def total(window: Window) -> float:
    """What meets the budget: measured plus declared seconds (G-15)."""
    return window.used_s + window.declared_s


def window_line(window: Window) -> str:
    """The window in a sentence."""
    used = total(window)
    words = (
        f"{duration(used)} of {duration(window.budget_s)} "
        f"(measured {duration(window.used_s)} + declared {duration(window.declared_s)})"
    )
    return words if used <= window.budget_s else f"{words}: over budget by {duration(used - window.budget_s)}"


def step_notes(step: StepRecord) -> list[str]:
    """What is special about a step."""
    notes = ["point of no return"] if step.point_of_no_return else []
    return notes if step.in_window else [*notes, "outside the window"]


def by_moment(rows: Iterable[SurvivalRow]) -> dict[str, list[SurvivalRow]]:
    """Survival rows under their moment, in the order of the cutover; other moments come last."""
    groups: dict[str, list[SurvivalRow]] = {moment: [] for moment in MOMENTS}
    for row in rows:
        groups.setdefault(row.moment, []).append(row)
    return {moment: group for moment, group in groups.items() if group}


def holds(row: SurvivalRow) -> bool:
    """As many were readable as must be: no fewer, and no more."""
    return row.readable == row.expected


def refused_as(row: SurvivalRow) -> str:
    """The causes of the refusals, with their counts."""
    return ", ".join(f"{one_line(cause)} {count}" for cause, count in sorted(row.causes.items()))


def rates(run: Run) -> tuple[list[str], dict[str, list[int]]]:
    """The moments at which something was refused, in order, and the count of each cause at each (G-22)."""
    moments = [moment for moment in MOMENTS if moment in run.error_rates]
    moments += [moment for moment in run.error_rates if moment not in MOMENTS]
    causes = sorted({cause for rates in run.error_rates.values() for cause in rates})
    return moments, {cause: [run.error_rates[moment].get(cause, 0) for moment in moments] for cause in causes}
