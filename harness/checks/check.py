"""What a check is, what it may look at, and the table of all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from harness.history import TRUNK, Event, History, matching
from harness.model import Era, Expectation, judged_probes
from harness.verdict import Verdict, failed, passed, unknown

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

CLOUD = "cloud"
"""Wrapped by whatever provider is not Local; `L` is Local's letter, `A` that of AWS alone."""


@dataclass(frozen=True, slots=True)
class Probed:
    """One probe beside what the reference model demands of it."""

    event: Event
    era: Era
    expected: Expectation

    @property
    def agrees(self) -> bool:
        """Seen and demanded are the same, the cause included."""
        return bool(self.event["readable"]) == self.expected.readable and (
            self.expected.readable or self.event["cause"] == self.expected.cause
        )


@dataclass(frozen=True)
class Evidence:
    """A history with its probes judged once; pure."""

    history: History

    @cached_property
    def probed(self) -> tuple[Probed, ...]:
        """Every probe of every world, in order."""
        return tuple(Probed(*each) for each in judged_probes(self.history))

    @cached_property
    def _probed_at(self) -> Mapping[tuple[str, str], list[Probed]]:
        return _grouped(self.probed, lambda each: (each.event.world, str(each.event["moment"])))

    @cached_property
    def _kinds(self) -> Mapping[str, list[Event]]:
        return _grouped(self.history, lambda event: event.kind)

    def probes(
        self, moment: str, *kinds: str, world: str = TRUNK, wrap: str | None = None, signer: str | None = None
    ) -> list[Probed]:
        """Probes of a moment, by class, by the family of their wrap (`L`, or `CLOUD`) and by signer."""
        return [
            each
            for each in self._probed_at.get((world, moment), ())
            if (not kinds or each.event["class"] in kinds)
            and (wrap is None or _is_of(each.era.family, wrap))
            and (signer is None or each.era.signer == signer)
        ]

    def of(self, kind: str, *, world: str | None = TRUNK, **match: object) -> list[Event]:
        """Events of one world (or of all), as `History.of`."""
        return matching(self._kinds.get(kind, ()), world, match)

    @cached_property
    def old_key(self) -> str:
        """The fingerprint that stands first in the environment of before; empty when that never started."""
        boots = self.of("booted", environment="before", accepted=True)
        return str(boots[-1]["keys"][0]) if boots else ""

    def alone(self, world: str) -> Evidence:
        """One fork judged as if it were the trunk: its events, and what was agreed for the whole run."""
        kept = [each for each in self.history if each.world == world or each.kind == "budget"]
        return Evidence(History(events=[replace(each, world=TRUNK) for each in kept if each.kind != "forked"]))

    def forks(self, prefix: str) -> list[str]:
        """Names of forks with a prefix."""
        return [event.world for event in self.of("forked", world=None) if event.world.startswith(prefix)]

    def fork_failure(self, world: str) -> Verdict | None:
        """Why a fork cannot be judged: it was not run, or it ended early."""
        ends = self.of("fork-ended", world=world)
        if not ends:
            return unknown(f"the fork {world} was not run to its end")
        if ends[-1]["outcome"] != "ok":
            return failed(f"the fork {world} ended early: {ends[-1]['why']}", [ends[-1].n])
        return None


def _grouped(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Things by their key, each group in order; eighty checks look through thousands of events."""
    groups: dict[K, list[T]] = {}
    for each in things:
        groups.setdefault(key(each), []).append(each)
    return groups


def _is_of(family: str, wrap: str) -> bool:
    return family not in {"", "L"} if wrap == CLOUD else family == wrap


Judge = Callable[[Evidence], Verdict]


@dataclass(frozen=True, slots=True)
class Check:
    """One judgement; `worlds` are the forks without which it cannot be made."""

    id: str
    title: str
    claims: tuple[str, ...]
    judge: Judge = field(repr=False)
    worlds: tuple[str, ...] = ()

    def verdict(self, evidence: Evidence) -> Verdict:
        """Judge, unless a fork it needs is missing or ended early."""
        for world in self.worlds:
            broken = evidence.fork_failure(world)
            if broken is not None:
                return broken
        return self.judge(evidence)


CHECKS: dict[str, Check] = {}

APART: dict[str, Check] = {}
"""Checks that judge scenario files and nothing else, so that they stand in no list of what judges the guide."""


def check(
    identity: str, title: str, *claims: str, worlds: tuple[str, ...] = (), apart: bool = False
) -> Callable[[Judge], Judge]:
    """Enter a judgement into the table, or into the one apart."""

    def enter(judge: Judge) -> Judge:
        if identity in CHECKS or identity in APART:
            raise ValueError(f"two checks are called {identity}")
        (APART if apart else CHECKS)[identity] = Check(identity, title, claims, judge, worlds)
        return judge

    return enter


def numbers(probes: Iterable[Probed]) -> list[int]:
    """The event numbers of probes."""
    return [each.event.n for each in probes]


def as_expected(event: Event) -> bool:
    """What was tried was refused by the `expected` cause, or let through where that is empty."""
    return bool(event["cause"] == event["expected"] and event["ok"] == (event["expected"] == ""))


def all_refused(probes: list[Probed], what: str, *causes: str) -> Verdict:
    """Every probe was refused, for one of the causes; unknown when there was none."""
    if not probes:
        return unknown(f"there were no {what} to look at")
    opened = [each for each in probes if each.event["readable"]]
    if opened:
        return failed(f"{len(opened)} of {len(probes)} {what} were opened", numbers(opened))
    other = [each for each in probes if each.event["cause"] not in causes]
    if other:
        seen = sorted({str(each.event["cause"]) for each in other})
        return failed(f"{len(other)} of {len(probes)} {what} were refused as {', '.join(seen)}", numbers(other))
    return passed(f"all {len(probes)} {what} were refused as {' or '.join(causes)}", numbers(probes))


def all_opened(probes: list[Probed], what: str) -> Verdict:
    """Every probe was readable; unknown when there was none."""
    if not probes:
        return unknown(f"there were no {what} to look at")
    refused = [each for each in probes if not each.event["readable"]]
    if refused:
        causes = sorted({str(each.event["cause"]) for each in refused})
        return failed(f"{len(refused)} of {len(probes)} {what} were refused: {', '.join(causes)}", numbers(refused))
    return passed(f"all {len(probes)} {what} were readable", numbers(probes))


def first_bad(verdicts: Iterable[Verdict]) -> Verdict:
    """Several verdicts as one: the first that is no pass, else all evidence together."""
    seen = list(verdicts)
    bad = next((each for each in seen if each.result != "pass"), None)
    if bad is not None:
        return bad
    return passed("; ".join(each.why for each in seen), [n for each in seen for n in each.evidence])
