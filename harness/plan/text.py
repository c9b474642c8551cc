"""A plan as plain text for a terminal of 120 columns; commands are bash, folded, in their order."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from harness.plan.plan import Plan
from harness.plan.shell import folded
from harness.plan.step import Commands, Step
from harness.plan.tables import ERAS, TITLE, Row, changes, fate_head, fates, preflight
from harness.report.characters import shown

WIDTH = 120
_GAP = "  "


def as_text(plan: Plan) -> str:
    """Everything in the order in which it is needed."""
    parts = (*_head(plan), *_difference(plan), *_survival(plan), *_points(plan), *_steps(plan.steps))
    return shown("\n".join(parts) + "\n")


def _head(plan: Plan) -> Iterator[str]:
    yield f"{TITLE} ({plan.deployment})"
    yield from _prose(preflight(plan.report), first="")


def _difference(plan: Plan) -> Iterator[str]:
    """One line a value: ARNs and key lists are too long to stand beside each other."""
    yield "\nWHAT CHANGES"
    for name, *told in changes(plan.difference):
        yield f"  {name}"
        told_before = ""
        for part, value in zip(("before", "after", "rollback"), told, strict=True):
            same = value == told_before and len(value) > len("as after")
            yield from _prose(
                f"as {'before' if part == 'after' else 'after'}" if same else value, first=f"    {part:<9}"
            )
            told_before = value
    yield f"  {plan.difference.unchanged} more are the same in all three."
    if plan.rollback_is_default:
        yield "  The rollback is the guide's: the environment of after with KMS_PROVIDER=local."


def _survival(plan: Plan) -> Iterator[str]:
    yield "\nWHAT CAN BE OPENED, AND WHEN"
    if plan.survival.undecided:
        yield from _prose(f"Cannot be told: {plan.survival.undecided}.", first="  ")
        return
    yield "  While Sombra is stopped nothing opens: every call is refused (connection_refused)."
    for made, title in ERAS.items():
        yield f"  {title}"
        rows = list(fates(plan, made))
        wide = max((len(cell) for row in rows for cell in row), default=0)
        yield from _table((fate_head(made), *(rows if wide <= _WIDEST_CELL else map(_shortened, rows))))


_WIDEST_CELL = 27


def _shortened(row: Row) -> Row:
    """`0 of 1200000: wrong_provider` as `0: wrong_provider`, `1200000 of 1200000` as `1200000`."""
    return tuple(re.sub(r"\A(\d+) of \d+", r"\1", cell) for cell in row)


def _points(plan: Plan) -> Iterator[str]:
    yield "\nPOINTS OF NO RETURN"
    for point in plan.points:
        yield from _prose(f"{point.what} ({point.claim})", first="  ! ")
        yield from _prose(f"lost: {point.lost}", first="    ")


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    phase = ""
    for number, step in enumerate(steps, start=1):
        if step.phase != phase:
            phase = step.phase
            yield f"\n{phase.upper()}"
        yield ""
        yield from _prose(f"{step.title} ({', '.join(step.claims)})", first=f"{number}. ")
        if step.note:
            yield from _prose(step.note, first="   ")
        yield from _block(step.commands)
        if step.no_way_back:
            yield f"   POINT OF NO RETURN: {step.no_way_back}"
        for trap in step.traps:
            yield from _prose(trap.what, first=f"   trap ({trap.claim}): ")
            if not set(trap.instead) <= set(step.commands):
                yield from _block(trap.instead)
        if step.back is not None:
            yield from _prose(step.back.what, first="   back: ")
            yield from _block(step.back.commands)


def _block(commands: Commands) -> Iterable[str]:
    return (f"       {line}" for command in commands for line in folded(command).split("\n"))


def _prose(text: str, *, first: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]  # fmt: skip


def _table(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  " + _GAP.join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
