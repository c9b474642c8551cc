"""Answers that may be "that cannot be known": three values, the third with its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """Neither yes nor no; `reasons` say what would have to be known."""

    reasons: tuple[str, ...]


Truth = bool | Doubt


def every(truths: Iterable[Truth]) -> Truth:
    """No if any is no, else doubt if any is in doubt, else yes."""
    return _folded(truths, decisive=False)


def some(truths: Iterable[Truth]) -> Truth:
    """Yes if any is yes, else doubt if any is in doubt, else no."""
    return _folded(truths, decisive=True)


def opposite(truth: Truth) -> Truth:
    """Yes for no and no for yes; a doubt stays one."""
    return truth if isinstance(truth, Doubt) else not truth


def _folded(truths: Iterable[Truth], *, decisive: bool) -> Truth:
    reasons: dict[str, None] = {}
    for truth in truths:
        if isinstance(truth, Doubt):
            reasons.update(dict.fromkeys(truth.reasons))
        elif truth is decisive:
            return decisive
    return Doubt(tuple(reasons)) if reasons else not decisive
