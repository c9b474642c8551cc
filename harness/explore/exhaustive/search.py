"""Breadth first over all states of the reference model, to a depth: every law in every state and of every action."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from harness.explore.exhaustive.laws import LAWS, MOVE_LAWS, Law, Masks, MoveLaw, served
from harness.explore.exhaustive.space import Configuration, Move, Space


@dataclass(frozen=True, slots=True)
class Broken:
    """A law, and the shortest way of actions to a state or an action that breaks it."""

    law: str
    text: str
    actions: tuple[str, ...]
    what: str


@dataclass(slots=True)
class Searched:
    """How far the search went, and in how many states each law had something to speak of; seconds of one core."""

    keys: int
    depth: int
    states: int = 0
    configurations: int = 0
    levels: list[int] = field(default_factory=list)
    spoke: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    broken: Broken | None = None

    @property
    def rate(self) -> float:
        """States a second."""
        return self.states / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class _Compiled:
    """One configuration: the masks of the laws, where actions lead that leave artifacts alone, and the others."""

    bad: int
    speaks: list[tuple[int, int]]
    plain: list[int] = field(default_factory=list)
    changes: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Search:
    space: Space
    laws: Sequence[Law]
    move_laws: Sequence[MoveLaw]
    numbers: dict[Configuration, int] = field(default_factory=dict)
    configurations: list[Configuration] = field(default_factory=list)
    compiled: dict[int, _Compiled] = field(default_factory=dict)
    judged: dict[Hashable, Masks] = field(default_factory=dict)
    judged_moves: dict[Hashable, tuple[Masks, ...]] = field(default_factory=dict)

    def number(self, configuration: Configuration) -> int:
        found = self.numbers.get(configuration)
        if found is None:
            found = self.numbers[configuration] = len(self.configurations)
            self.configurations.append(configuration)
        return found

    def compile(self, number: int) -> _Compiled:
        """Ask the model, and every law, about one configuration."""
        space, at = self.space, self.configurations[number]
        everything, width = space.everything, space.width + 1
        moves = list(space.moves(at))
        judged = [self._judged(law, at) for law in self.laws]
        before = served(at)
        of_moves = [self._judged_move(at, move, before) for move in moves]
        judged += [_union(masks) for masks in zip(*of_moves, strict=True)]
        made = _Compiled(
            bad=_union(judged)[1], speaks=[(place, spoken) for place, (spoken, _) in enumerate(judged) if spoken]
        )
        for move in moves:
            target, kept = self.number(move.target) << width, move.keeps & everything
            if move.adds or kept != everything:
                made.changes.append((target, kept, move.adds))
            else:
                made.plain.append(target)
        self.compiled[number] = made
        return made

    def _judged(self, law: Law, at: Configuration) -> Masks:
        key = (law.id, law.part(at))
        found = self.judged.get(key)
        if found is None:
            found = self.judged[key] = law.judge(self.space, at)
        return found

    def _judged_move(self, at: Configuration, move: Move, before: Hashable) -> tuple[Masks, ...]:
        """What every law of actions says of one."""
        key = (move.action, move.adds, move.keeps, before, served(move.target))
        found = self.judged_moves.get(key)
        if found is None:
            found = tuple(law.judge(self.space, at, move) for law in self.move_laws)
            self.judged_moves[key] = found
        return found


def _union(masks: Iterable[Masks]) -> Masks:
    spoken, bad = 0, 0
    for one, other in masks:
        spoken |= one
        bad |= other
    return spoken, bad


def search(
    space: Space, *, depth: int, laws: Sequence[Law] = LAWS, move_laws: Sequence[MoveLaw] = MOVE_LAWS
) -> Searched:
    """Every state within `depth` actions of today's Sombra; ends at the first that breaks a law."""
    found, began = Searched(space.keys, depth), time.thread_time()
    inner = _Search(space, laws, move_laws)
    start = inner.number(space.start) << (space.width + 1) | space.always
    seen, frontier = {start}, [start]
    counts = [0] * (len(laws) + len(move_laws))
    try:
        for level in range(depth + 1):
            found.levels.append(len(frontier))
            culprit, frontier = _level(inner, frontier, seen, counts)
            if culprit is not None:
                found.broken = _explained(inner, culprit, level)
                break
    finally:
        found.states, found.configurations = sum(found.levels), len(inner.compiled)
        found.spoke = dict(zip([*(law.id for law in laws), *(law.id for law in move_laws)], counts, strict=True))
        found.seconds = time.thread_time() - began
    return found


def _level(inner: _Search, frontier: Sequence[int], seen: set[int], counts: list[int]) -> tuple[int | None, list[int]]:
    """Judge the states of one level and collect those of the next; or the first that breaks a law."""
    width, following = inner.space.width + 1, []
    everything, compiled = (1 << width) - 1, inner.compiled
    for state in frontier:
        number, made = state >> width, state & everything
        here = compiled.get(number) or inner.compile(number)
        if here.bad & made:
            return state, []
        for law, mask in here.speaks:
            if made & mask:
                counts[law] += 1
        for target in here.plain:
            after = target | made
            if after not in seen:
                seen.add(after)
                following.append(after)
        for target, keeps, adds in here.changes:
            after = target | (made & keeps) | adds
            if after not in seen:
                seen.add(after)
                following.append(after)
    return None, following


def _explained(inner: _Search, culprit: int, depth: int) -> Broken:
    """Which law a state breaks, and the shortest way to it: the search once more, remembering where it came from."""
    space, width = inner.space, inner.space.width + 1
    at, made = inner.configurations[culprit >> width], culprit & ((1 << width) - 1)
    actions = _way(inner, culprit, depth)
    for law in inner.laws:
        bad = law.judge(space, at)[1] & made
        if bad:
            return Broken(law.id, law.text, actions, _named(space, bad))
    for move in space.moves(at):
        for each in inner.move_laws:
            bad = each.judge(space, at, move)[1] & made
            if bad:
                return Broken(each.id, each.text, (*actions, move.action), _named(space, bad))
    raise LookupError("the state breaks no law when it is looked at alone")


def _named(space: Space, mask: int) -> str:
    return (
        ", ".join(f"{kind} {era}" for place, (kind, era) in enumerate(space.eras) if mask >> place & 1) or "any state"
    )


def _way(inner: _Search, culprit: int, depth: int) -> tuple[str, ...]:
    space, width = inner.space, inner.space.width + 1
    start = (space.start, space.always)
    goal = (inner.configurations[culprit >> width], culprit & ((1 << width) - 1))
    came: dict[tuple[Configuration, int], tuple[tuple[Configuration, int], str]] = {}
    frontier = [start]
    for _ in range(depth + 1):
        if goal == start or goal in came:
            break
        following = []
        for at, made in frontier:
            for move in space.moves(at):
                after = (move.target, made & move.keeps | move.adds)
                if after != start and after not in came:
                    came[after] = ((at, made), move.action)
                    following.append(after)
        frontier = following
    actions: list[str] = []
    while goal != start:
        goal, action = came[goal]
        actions.append(action)
    return tuple(reversed(actions))
