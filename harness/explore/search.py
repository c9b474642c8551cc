"""How walks are generated, and a failing one is shrunk: Hypothesis in rounds, from one seed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.database import ExampleDatabase
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from harness.explore.action import Action, BadAction
from harness.explore.machine import Disagreement, Exploration
from harness.explore.seams import seed_alone_decides
from harness.explore.session import Session
from harness.explore.walk import Difference
from harness.history import History
from harness.progress import Progress

ROUND: Final = 100
"""Walks of one Hypothesis run: its tree of what it has tried grows with every walk."""

_TRIES: Final = 400
_TRYING_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Budget:
    """How much to explore: walks of at most so many steps, from a seed, within minutes if given."""

    examples: int
    steps: int
    seed: int
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """The shortest walk that shows a difference, the differences, and the history of that walk.

    `is_steady` is false when the walk, walked again, showed none.
    """

    trace: tuple[Action, ...]
    differences: tuple[Difference, ...]
    history: History
    is_steady: bool = True


@dataclass(frozen=True, slots=True)
class Explored:
    """What came of it."""

    budget: Budget
    session: Session
    failure: Failure | None = None
    was_interrupted: bool = False


def explore(
    session: Session,
    budget: Budget,
    *,
    progress: Progress,
    database: ExampleDatabase | None = None,
    shrinks: bool = True,
) -> Explored:
    """Walk until the budget is spent or a difference is found; Ctrl-C ends it with what was found so far.

    Without `shrinks`, only whole actions are taken out of a failing walk: where each walk costs a second.
    """
    interrupted = False
    try:
        with session.interruption.noted():
            _rounds(session, budget, progress, database, shrinks=shrinks)
    except (Disagreement, Flaky):
        pass
    except KeyboardInterrupt:
        interrupted = True
    if session.found is None:
        return Explored(budget, session, was_interrupted=interrupted)
    return Explored(budget, session, _shortest(session, session.found, hurried=interrupted), interrupted)


def _rounds(
    session: Session, budget: Budget, progress: Progress, database: ExampleDatabase | None, *, shrinks: bool
) -> None:
    ends = None if budget.minutes is None else time.monotonic() + budget.minutes * 60
    left = budget.examples
    for number in count():
        if left <= 0 or (ends is not None and time.monotonic() >= ends):
            return
        progress.step(_told(session))
        _round(session, min(left, ROUND), budget, number, database, shrinks=shrinks)
        left -= ROUND


def _round(
    session: Session, walks: int, budget: Budget, number: int, database: ExampleDatabase | None, *, shrinks: bool
) -> None:
    class Round(Exploration):
        watcher = session

    phases = [Phase.generate]
    if database is not None and number == 0:
        phases.append(Phase.reuse)
    if shrinks:
        phases.append(Phase.shrink)
    wanted = settings(
        max_examples=walks,
        stateful_step_count=budget.steps,
        database=database,
        phases=phases,
        deadline=None,
        derandomize=False,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    with seed_alone_decides():
        run_state_machine_as_test(seed(budget.seed + (number << 32))(Round), settings=wanted)


def _told(session: Session) -> str:
    goals = len(session.coverage.reached)
    return f"{session.walks} walks, {sum(session.steps.values())} steps, {goals} goals reached"


def _shortest(session: Session, found: Disagreement, *, hurried: bool) -> Failure:
    """Walk again as a scenario file is walked, and take out what is not needed; the walk as found if it stays away."""
    steady = replay(session, found.trace)
    if steady is None:
        return Failure(found.trace, found.differences, History(), is_steady=False)
    turns = iter(()) if hurried else _turns()
    while (shorter := _shortened(session, steady, turns)) is not None:
        steady = shorter
    return steady


def _turns() -> Iterator[None]:
    """One for each try to do without an action, until there were many or they took long."""
    began = time.monotonic()
    for _ in range(_TRIES):
        if time.monotonic() > began + _TRYING_S:
            return
        yield None


def _shortened(session: Session, failure: Failure, turns: Iterator[None]) -> Failure | None:
    for place, _ in zip(reversed(range(len(failure.trace) - 1)), turns, strict=False):
        shorter = replay(session, (*failure.trace[:place], *failure.trace[place + 1 :]))
        if shorter is not None:
            return shorter
    return None


def replay(session: Session, trace: tuple[Action, ...]) -> Failure | None:
    """Take the actions one by one and look at everything in every way; None when nothing differs.

    A trace that makes no sense is one that nothing differs on.
    """
    walk = session.walk(History())
    try:
        for place, action in enumerate(trace, start=1):
            differences = walk.act(action) or walk.compare_all()
            if differences:
                return Failure(trace[:place], tuple(differences), walk.history)
    except BadAction:
        return None
    finally:
        walk.stage.r.world.close()
    return None
