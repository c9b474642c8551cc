"""One exploration of one world: an action, then the model's word against what is seen of everything made so far."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from harness.explore import requests_acts, rules, stage
from harness.explore.action import Action
from harness.explore.looks import Looks
from harness.explore.oracle import Oracle, View
from harness.explore.situation import Made
from harness.explore.stage import Act, Stage
from harness.history import TRUNK, History
from harness.model import Boot, Expectation
from harness.rehearsal.rehearsal import StepFailed
from harness.target import AnswerLacks, Secrets, World

ACTS: Final[Mapping[str, Act]] = MappingProxyType({**stage.ACTS, **requests_acts.ACTS})

DONE: Final = "done"
USE_CASES: Final = "use cases"
WIRE: Final = "wire"
_SAMPLE_WIRE: Final = 16
_SAMPLE_ALL: Final = 16
_SAMPLE_END: Final = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """Where Sombra is not what the model says: of an action, an artifact or a status."""

    what: str
    demanded: str
    seen: str

    def __str__(self) -> str:
        return f"{self.what}: the model says {self.demanded}, Sombra {self.seen}"


class Witness(Protocol):
    """Hears of what agreed."""

    def acted(self, oracle: Oracle, action: Action, cause: str) -> None:
        """An action has ended as it must; the oracle still stands before it."""
        ...

    def saw(self, oracle: Oracle, name: str, word: str) -> None:
        """An artifact was seen as it must be, and not as the last time."""
        ...


@dataclass(slots=True)
class Walk:
    """A world, the oracle beside it, and the actions so far."""

    stage: Stage
    looks: Looks
    witness: Witness | None = None
    oracle: Oracle = field(default_factory=Oracle)
    trace: list[Action] = field(default_factory=list)
    compared: int = 0
    sees: dict[str, tuple[View, Made, Expectation]] = field(default_factory=dict)
    saw: dict[str, tuple[str, Boot | None]] = field(default_factory=dict)
    _mark: int = 0

    @classmethod
    def through(cls, world: World, secrets: Secrets, history: History, *, witness: Witness | None = None) -> Walk:
        """Begin in a fresh world."""
        made = Stage.of(world, secrets, history)
        return cls(made, Looks.of(made), witness)

    @property
    def history(self) -> History:
        """What happened so far."""
        return self.stage.r.history

    def act(self, action: Action) -> list[Difference]:
        """Carry an action out, and hold how it ended against what was demanded; raises `BadAction`."""
        rules.admit(self.oracle, action)
        demanded = rules.expected(self.oracle, action)
        self.trace.append(action)
        line = str(action)
        self._mark = zlib.crc32(line.encode(), self._mark)
        self.history.append(TRUNK, "acting", action=line)
        try:
            seen = ACTS[action.verb](self.stage, action.words)
        except (AnswerLacks, StepFailed, LookupError, TypeError, ValueError) as broken:  # an answer of another shape
            seen = f"broken: {type(broken).__name__}: {broken}"
        self.history.append(TRUNK, "acted", action=line, cause=seen)
        if seen != demanded:
            return [Difference(line, demanded or DONE, seen or DONE)]
        if self.witness is not None:
            self.witness.acted(self.oracle, action, seen)
        rules.follow(self.oracle, action)
        return []

    def compare(self) -> list[Difference]:
        """After an action: every artifact, but under AWS one of each class; a seeded sample besides.

        What is sampled depends on the actions so far and on nothing else, so that the same walk looks the same.
        """
        names = list(self.oracle.made)
        if self.looks.opens is None:
            return [*self._statuses(), *self._over_the_wire(names)]
        is_sample = self.oracle.view.uses_kms and self._mark % _SAMPLE_ALL
        found = [*self._statuses(), *self._by_use_cases(self._one_of_each(names) if is_sample else names)]
        if names and self._mark % _SAMPLE_WIRE == 0:
            found += self._over_the_wire([names[self._mark // _SAMPLE_WIRE % len(names)]])
        return found

    def compare_all(self) -> list[Difference]:
        """Every artifact, every way there is to look."""
        names = list(self.oracle.made)
        found = self._statuses()
        if self.looks.opens is not None:
            found += self._by_use_cases(names)
        return found + self._over_the_wire(names)

    def compare_at_the_end(self) -> list[Difference]:
        """Every artifact; over the wire as well in one walk of eight, and one of each class in three more."""
        names = list(self.oracle.made)
        if self.looks.opens is None or self._mark % _SAMPLE_END == 0:
            return self.compare_all()
        seen = self._by_use_cases(names)
        return seen + self._over_the_wire(self._one_of_each(names)) if self._mark % _SAMPLE_END < 4 else seen

    def _one_of_each(self, names: Sequence[str]) -> list[str]:
        groups: dict[str, list[str]] = {}
        for name in names:
            groups.setdefault(name.partition("/")[0], []).append(name)
        return [group[self._mark % len(group)] for group in groups.values()]

    def _by_use_cases(self, names: Sequence[str]) -> list[Difference]:
        return self._held(USE_CASES, names, self.looks.by_use_cases(names), self._demanded)

    def _over_the_wire(self, names: Sequence[str]) -> list[Difference]:
        return self._held(WIRE, names, self.looks.over_the_wire(names), self.oracle.sees_over_wire)

    def _demanded(self, name: str) -> Expectation:
        """The oracle's word, asked again only when what decides it has changed."""
        view, made = self.oracle.view, self.oracle.made[name]
        known = self.sees.get(name)
        if known is None or known[0] is not view or known[1] is not made:
            known = self.sees[name] = (view, made, self.oracle.sees(name))
        return known[2]

    def _held(
        self, look: str, names: Sequence[str], seen: Iterable[Expectation], demanded: Callable[[str], Expectation]
    ) -> list[Difference]:
        words = dict(zip(names, map(told, seen), strict=True))
        self.history.append(TRUNK, "compared", look=look, seen=words)
        self.compared += len(words)
        wanted = {name: told(demanded(name)) for name in names}
        wrong = [each for each in words if words[each] != wanted[each]]
        if self.witness is not None and not wrong:
            self._tell(self.witness, words)
        return [Difference(f"{name} ({look})", wanted[name], words[name]) for name in wrong]

    def _tell(self, witness: Witness, words: Mapping[str, str]) -> None:
        boot = self.oracle.view.boot
        for name, word in words.items():
            if self.saw.get(name) != (word, boot):
                self.saw[name] = (word, boot)
                witness.saw(self.oracle, name, word)

    def _statuses(self) -> list[Difference]:
        found = self.looks.statuses()
        self.history.append(TRUNK, "statuses", seen=found)
        return [
            Difference(f"the status of {name}", request.status, found.get(name, ""))
            for name, request in self.oracle.requests.items()
            if found.get(name) != request.status
        ]


def told(expectation: Expectation) -> str:
    """What was seen or demanded of an artifact, in a word or two."""
    if not expectation.readable:
        return expectation.cause
    if expectation.matches is None:
        return "readable"
    return "readable, a look-up hits" if expectation.matches else "readable, a look-up misses"
