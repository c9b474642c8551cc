"""Walks for the tests of the explorer: on a world in this process, and in the mind alone."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from harness.explore import rules
from harness.explore.action import Action
from harness.explore.coverage import Coverage
from harness.explore.environments import common
from harness.explore.machine import ORIGINS, PICKS, SIGNING_GAP
from harness.explore.oracle import Oracle
from harness.explore.proposals import OTHERS, REQUESTS, TOKENS, otherwise
from harness.explore.session import Session
from harness.explore.walk import Difference, Walk, told
from harness.explore.world_proposals import CONFIGURATIONS, KMS, LIVES
from harness.history import History
from harness.targets import exploring

FAMILIES = (REQUESTS, TOKENS, OTHERS, CONFIGURATIONS, LIVES, KMS)


@contextmanager
def a_session() -> Iterator[Session]:
    """Worlds in this process."""
    with exploring("inprocess", audience=common()["ORGANIZATION_URI"]) as target:
        yield Session(target)


@contextmanager
def a_walk() -> Iterator[Walk]:
    """One world in this process."""
    with a_session() as session:
        walk = session.walk(History())
        try:
            yield walk
        finally:
            walk.stage.r.world.close()


def take(walk: Walk, lines: Iterable[str]) -> list[Difference]:
    """Take actions and look at everything after each; the first differences, or none."""
    for line in lines:
        found = walk.act(Action.parse(line)) or walk.compare_all()
        if found:
            return found
    return []


def follow(oracle: Oracle, *lines: str) -> None:
    """Take actions in the mind."""
    for line in lines:
        action = Action.parse(line)
        rules.admit(oracle, action)
        rules.follow(oracle, action)


def stroll(chance: random.Random, coverage: Coverage, *, steps: int) -> Oracle:
    """A walk as the machine would take it, in the mind alone: what must be seen is what is seen."""
    coverage.begin()
    oracle, saw, signed = Oracle(), dict[str, object](), -SIGNING_GAP
    families = [family for family in FAMILIES if chance.random() < 0.7] or [chance.choice(FAMILIES)]
    lines = list(chance.choice(ORIGINS))
    for taken in range(steps):
        if lines:
            action = Action.parse(lines.pop(0))
        else:
            family = chance.choice(families)
            kind, pick = divmod(chance.randrange(len(family) * PICKS), PICKS)
            proposed = family[kind](oracle, pick)
            is_dear = proposed is not None and proposed.verb == "webhook" and taken < signed + SIGNING_GAP
            action = otherwise(oracle, pick) if proposed is None or is_dear else proposed
        signed = taken if action.verb == "webhook" else signed
        rules.admit(oracle, action)
        coverage.acted(oracle, action, rules.expected(oracle, action))
        rules.follow(oracle, action)
        for name in oracle.made:
            seen = (told(oracle.sees(name)), oracle.view.boot)
            if saw.get(name) != seen:
                saw[name] = seen
                coverage.saw(oracle, name, seen[0])
    return oracle
