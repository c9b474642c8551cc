"""What a step of the operator's runbook is: commands, traps with the command that works, and the way back beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Phase = Literal["before the window", "in the window", "after the window"]
Commands = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trap:
    """What goes wrong quietly at a step, the claim that says so, and the command that works `instead`.

    A trap with an `id` is rehearsed: the guide's fork `cli-traps` makes the calls it speaks of (D-09).
    """

    claim: str
    what: str
    instead: Commands = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Back:
    """What undoes a step."""

    what: str
    commands: Commands = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step; `no_way_back` names the point of no return that it is, `note` what no command says."""

    id: str
    phase: Phase
    title: str
    claims: tuple[str, ...]
    commands: Commands = ()
    traps: tuple[Trap, ...] = ()
    back: Back | None = None
    no_way_back: str = ""
    note: str = ""
