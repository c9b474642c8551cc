"""A plan as Markdown, to be kept beside the change request; every command block is bash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.plan.plan import Plan
from harness.plan.shell import folded
from harness.plan.step import Commands, Step
from harness.plan.tables import CHANGE_HEAD, ERAS, TITLE, Row, changes, fate_head, fates, preflight
from harness.report.characters import one_line, shown


def as_markdown(plan: Plan) -> str:
    """Everything in the order in which it is needed."""
    parts = (*_head(plan), *_difference(plan), *_survival(plan), *_points(plan), *_steps(plan.steps))
    return shown("\n".join(parts) + "\n")


def _head(plan: Plan) -> Iterator[str]:
    yield f"# {TITLE}\n"
    yield f"Deployment: {plan.deployment}. {preflight(plan.report)}\n"


def _difference(plan: Plan) -> Iterator[str]:
    yield "## What changes\n"
    yield from _table((CHANGE_HEAD, *changes(plan.difference)))
    yield f"\n{plan.difference.unchanged} more are the same in all three.\n"
    if plan.rollback_is_default:
        yield "The rollback is the guide's: the environment of after with `KMS_PROVIDER=local`.\n"


def _survival(plan: Plan) -> Iterator[str]:
    yield "## What can be opened, and when\n"
    yield "While Sombra is stopped nothing opens: every call is refused (`connection_refused`).\n"
    if plan.survival.undecided:
        yield f"Cannot be told: {_cell(plan.survival.undecided)}.\n"
        return
    for made, title in ERAS.items():
        yield f"### {title}\n"
        yield from _table((fate_head(made), *fates(plan, made)))
        yield ""


def _points(plan: Plan) -> Iterator[str]:
    yield "## Points of no return\n"
    yield from _table((("what", "lost then", "claim"), *((each.what, each.lost, each.claim) for each in plan.points)))


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    phase = ""
    for number, step in enumerate(steps, start=1):
        if step.phase != phase:
            phase = step.phase
            yield f"\n## {phase.capitalize()}"
        yield f"\n### {number}. {step.title}\n"
        yield f"Claims: {', '.join(step.claims)}.{f' {step.note}' if step.note else ''}\n"
        yield from _fenced(step.commands)
        if step.no_way_back:
            yield f"**Point of no return: {step.no_way_back}.**\n"
        for trap in step.traps:
            yield f"- Trap ({trap.claim}): {trap.what}\n"
            if not set(trap.instead) <= set(step.commands):
                yield from (f"  {line}" for block in _fenced(trap.instead) for line in block.split("\n"))
        if step.back is not None:
            yield f"\nWay back: {step.back.what}\n"
            yield from _fenced(step.back.commands)


def _fenced(commands: Commands) -> Iterator[str]:
    if not commands:
        return
    block = "\n".join(folded(command) for command in commands)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block)), default=0))
    yield f"{fence}bash\n{block}\n{fence}\n"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield f"| {' | '.join(_cell(each) for each in row)} |"
        if number == 0:
            yield "|" + "---|" * len(row)


def _cell(text: str) -> str:
    """One line, and nothing that Markdown or HTML would read."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", one_line(text))
