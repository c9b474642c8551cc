"""A plan as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.plan.plan import Plan
from harness.plan.step import Commands, Step
from harness.plan.tables import CHANGE_HEAD, ERAS, TITLE, Row, changes, fate_head, fates, preflight
from harness.report.characters import shown


def as_text(plan: Plan) -> str:
    """Everything in the order in which it is needed."""
    parts = (*_head(plan), *_difference(plan), *_survival(plan), *_points(plan), *_steps(plan.steps))
    return shown("\n".join(parts) + "\n")


def _head(plan: Plan) -> Iterator[str]:
    yield f"{TITLE} ({plan.deployment})"
    yield preflight(plan.report)


def _difference(plan: Plan) -> Iterator[str]:
    yield "\nWHAT CHANGES"
    yield from _table((CHANGE_HEAD, *changes(plan.difference)))
    yield f"  {plan.difference.unchanged} more are the same in all three."
    if plan.rollback_is_default:
        yield "  The rollback is the guide's: the environment of after with KMS_PROVIDER=local."


def _survival(plan: Plan) -> Iterator[str]:
    yield "\nWHAT CAN BE OPENED, AND WHEN"
    if plan.survival.undecided:
        yield f"  Cannot be told: {plan.survival.undecided}."
        return
    for made, title in ERAS.items():
        yield f"  {title}"
        yield from _table((fate_head(made), *fates(plan, made)))


def _points(plan: Plan) -> Iterator[str]:
    yield "\nPOINTS OF NO RETURN"
    for point in plan.points:
        yield f"  ! {point.what} ({point.claim})"
        yield f"    lost: {point.lost}"


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    phase = ""
    for number, step in enumerate(steps, start=1):
        if step.phase != phase:
            phase = step.phase
            yield f"\n{phase.upper()}"
        yield f"\n{number}. {step.title} ({', '.join(step.claims)})"
        yield from _block(step.commands)
        if step.no_way_back:
            yield f"   POINT OF NO RETURN: {step.no_way_back}"
        yield from (f"   trap ({trap.claim}): {trap.what}" for trap in step.traps)
        if step.back is not None:
            yield f"   back: {step.back.what}"
            yield from _block(step.back.commands)


def _block(commands: Commands) -> Iterable[str]:
    return (f"       {line}" for command in commands for line in command.split("\n"))


def _table(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
