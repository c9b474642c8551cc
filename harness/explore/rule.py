"""What the oracle must know of each verb: whether it can be done at all, how it must end, what it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.explore.oracle import Oracle

Words = tuple[str, ...]


def _nothing(oracle: Oracle, words: Words) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Three functions of the oracle and the action's words.

    `objection` says why the action makes no sense here (a name that is not there, a gateway that lives already);
    `expected` is the cause of the refusal that must be seen, empty for success; `effect` follows a success.
    """

    effect: Callable[[Oracle, Words], None] = lambda oracle, words: None
    expected: Callable[[Oracle, Words], str] = _nothing
    objection: Callable[[Oracle, Words], str] = _nothing


def unknown(oracle: Oracle, kind: str, name: str) -> str:
    """An objection to an artifact that was never made."""
    return "" if f"{kind}/{name}" in oracle.made else f"there is no {kind} {name} yet"


def taken(oracle: Oracle, kind: str, name: str) -> str:
    """An objection to a name that an artifact has already."""
    return f"there is a {kind} {name} already" if f"{kind}/{name}" in oracle.made else ""


def unknown_request(oracle: Oracle, words: Words, place: int = 0) -> str:
    """An objection to a request that was never submitted."""
    return "" if words[place] in oracle.requests else f"there is no request {words[place]} yet"
