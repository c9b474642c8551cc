"""The rows of a plan's tables as words, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.command import Report
from harness.doctor.rule import Part
from harness.plan.configuration import PARTS
from harness.plan.difference import Difference
from harness.plan.plan import Plan
from harness.plan.survival import EXISTS_FROM, MOMENTS, RESTORED, Fate

TITLE = "The plan of the cutover from Local KMS to AWS KMS"
ERAS: dict[Part, str] = {
    "before": "Made before the cutover",
    "after": "Made under AWS KMS, after the cutover",
    "rollback": "Made under Local KMS again, after a rollback",
}
_ALL_REFUSED = frozenset({"stopped"})
"""Moments of which one sentence says everything."""
_HEADS = {RESTORED: "old env restored"}
CHANGE_HEAD = ("variable", "before", "after", "rollback")

Row = tuple[str, ...]


def preflight(report: Report) -> str:
    """One sentence: whether the files may be taken into a window at all."""
    levels = [finding.level for finding in report.findings]
    told = (
        f"{levels.count('error')} errors, {levels.count('warning')} warnings, {len(report.examined.unevaluated)} open"
    )
    if report.exit_code == 0:
        return f"The doctor finds {told} in these files."
    return f"Do not begin with these files: the doctor finds {told}. Run `doctor` and mend them first."


def changes(difference: Difference) -> list[Row]:
    """One row for each variable that is not the same everywhere."""
    return [(change.name, *(change.told[part] for part in PARTS)) for change in difference.changes]


def fate_head(made: Part) -> Row:
    """The columns of a survival table: the moments at which such artifacts exist."""
    return ("artifact", "era", *(_HEADS.get(moment, moment.replace("-", " ")) for moment in _moments(made)))


def fates(plan: Plan, made: Part) -> Iterator[Row]:
    """One row for each class that was made in a part."""
    rows: dict[tuple[str, str], list[str]] = {}
    for fate in plan.survival.fates:
        if fate.made == made and fate.moment not in _ALL_REFUSED:
            rows.setdefault((fate.artifact, fate.era), []).append(_cell(fate))
    return ((*key, *cells) for key, cells in rows.items())


def _moments(made: Part) -> tuple[str, ...]:
    order = (*MOMENTS, RESTORED)
    return tuple(moment for moment in order[order.index(EXISTS_FROM[made]) :] if moment not in _ALL_REFUSED)


def _cell(fate: Fate) -> str:
    if fate.count is None:
        return "yes" if fate.readable else f"no: {fate.cause}"
    return f"{fate.count} of {fate.count}" if fate.readable else f"0 of {fate.count}: {fate.cause}"
