"""What a judgement can say: pass, fail, unknown or not-run, and how several become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """The four results of a claim or a check (`interface.md`, run.json)."""

    PASS = "pass"  # noqa: S105  a result, not a secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_RUN = "not-run"


class Outcome(StrEnum):
    """The verdict over a whole run, and its exit code."""

    GO = "go"
    NO_GO = "no-go"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_code(self) -> int:
        """0 go, 1 no-go, 3 inconclusive (2 is kept for usage errors)."""
        return {Outcome.GO: 0, Outcome.NO_GO: 1, Outcome.INCONCLUSIVE: 3}[self]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement, its reason in a sentence, and the numbers of the events it rests on."""

    result: Result
    why: str
    evidence: tuple[int, ...] = ()


def passed(why: str, evidence: Iterable[int]) -> Verdict:
    """A pass must show what it rests on: without evidence it is unknown, never green."""
    numbers = tuple(evidence)
    if not numbers:
        return unknown(f"nothing was observed: {why}")
    return Verdict(Result.PASS, why, numbers)


def failed(why: str, evidence: Iterable[int] = ()) -> Verdict:
    """The claim does not hold."""
    return Verdict(Result.FAIL, why, tuple(evidence))


def unknown(why: str, evidence: Iterable[int] = ()) -> Verdict:
    """It could not be evaluated."""
    return Verdict(Result.UNKNOWN, why, tuple(evidence))


def worst(results: Iterable[Result]) -> Result:
    """Several results as one: fail beats unknown beats pass; nothing at all is unknown."""
    found = {result for result in results if result is not Result.NOT_RUN}
    for result in (Result.FAIL, Result.UNKNOWN, Result.PASS):
        if result in found:
            return result
    return Result.UNKNOWN
