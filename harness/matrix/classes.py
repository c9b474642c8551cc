"""Which pairs of configurations cannot be told apart, so that one of them can stand for all (proved by sampling)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.matrix.configuration import Configuration, every_configuration

ABSENT = -1


@dataclass(frozen=True, slots=True)
class PairClass:
    """What decides a pair: both kinds, the length of the reader's list, the place of the writer's first key in it."""

    write: str
    read: str
    length: int
    place: int

    @classmethod
    def of(cls, write: Configuration, read: Configuration) -> PairClass:
        """The class of a pair; where one of the two is refused, nothing else counts."""
        if write.boot is None or read.boot is None:
            return cls(write.kind, read.kind, 0, ABSENT)
        first = write.keys[0]
        place = read.keys.index(first) if first in read.keys else ABSENT
        return cls(write.kind, read.kind, len(read.keys), place)

    def __str__(self) -> str:
        if self.length == 0:
            return f"{self.write} -> {self.read}"
        stands = "not in" if self.place == ABSENT else f"at place {self.place + 1} of"
        return f"{self.write} -> {self.read}, writer's key {stands} {self.length}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A writer and a reader."""

    write: Configuration
    read: Configuration


@dataclass(frozen=True, slots=True)
class Represented:
    """A class, one pair of it, and how many pairs it has."""

    pair_class: PairClass
    pair: Pair
    pairs: int


def every_class(configurations: Iterable[Configuration] | None = None) -> list[Represented]:
    """All classes with their sizes; writers with one kind and one first key are counted together."""
    every = list(every_configuration() if configurations is None else configurations)
    writers: dict[tuple[str, str], list[Configuration]] = {}
    for each in every:
        writers.setdefault((each.kind, each.keys[0] if each.boot else ""), []).append(each)
    sizes: Counter[PairClass] = Counter()
    firsts: dict[PairClass, Pair] = {}
    for alike in writers.values():
        for read in every:
            found = PairClass.of(alike[0], read)
            sizes[found] += len(alike)
            firsts.setdefault(found, Pair(alike[0], read))
    return [Represented(found, firsts[found], sizes[found]) for found in firsts]


def sample(count: int, *, seed: int, writers: int = 80, readers: int = 400) -> Iterator[Pair]:
    """Different pairs drawn from all, seeded; from pools, because a start costs more than a look.

    Raises ValueError when the pools hold fewer pairs than are asked for.
    """
    if count > writers * readers:
        raise ValueError(f"at most {writers * readers} pairs can be drawn")
    chance = random.Random(seed)  # noqa: S311  a sample, no secret
    every = list(every_configuration())
    chosen_writers, chosen_readers = chance.sample(every, writers), chance.sample(every, readers)
    drawn: set[Pair] = set()
    while len(drawn) < count:
        pair = Pair(chance.choice(chosen_writers), chance.choice(chosen_readers))
        if pair not in drawn:
            drawn.add(pair)
            yield pair
