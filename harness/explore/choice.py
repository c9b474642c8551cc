"""What a proposal is, and how a drawn number picks one of several; shared by all families of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.explore.action import Action
from harness.explore.oracle import Oracle

Proposal = Callable[[Oracle, int], Action | None]
"""The action that a number stands for in a situation; None where there is none."""


def one(options: Sequence[str], pick: int) -> str:
    """One of several; small numbers pick the first ones."""
    return options[pick % len(options)]


def new(letter: str, count: int) -> str:
    """The name of one more of a kind."""
    return f"{letter}{count + 1}"
