"""What a measurement is: samples of ours and of its peer from the same rounds, a target, and whether it was held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol


class Target(Protocol):
    """What a figure must reach."""

    def is_held(self, figure: Figure) -> bool:
        """Whether the figure reaches it."""
        ...

    def text(self, unit: str) -> str:
        """The target as the table shows it."""
        ...


@dataclass(frozen=True, slots=True)
class AtMost:
    """An absolute limit; the peer only tells how fast the machine was."""

    limit: float

    def is_held(self, figure: Figure) -> bool:
        """The median of ours is not above the limit."""
        return figure.value <= self.limit

    def text(self, unit: str) -> str:
        """With the unit of the figure."""
        return f"≤ {self.limit:g} {unit}"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """An absolute rate; the peer only tells how fast the machine was."""

    limit: float

    def is_held(self, figure: Figure) -> bool:
        """The median of ours is not below the limit."""
        return figure.value >= self.limit

    def text(self, unit: str) -> str:
        """With the unit of the figure."""
        return f"≥ {self.limit:,g} {unit}"


@dataclass(frozen=True, slots=True)
class TimesPeer:
    """So many times the rate of the peer."""

    factor: float

    def is_held(self, figure: Figure) -> bool:
        """The ratio is not below the factor; without a peer nothing is held."""
        return figure.ratio is not None and figure.ratio >= self.factor

    def text(self, unit: str) -> str:
        """As a ratio, which has no unit."""
        return f"≥ {self.factor:g} ×"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `peer` is empty where a limit stands alone."""

    name: str
    unit: str
    ours: tuple[float, ...]
    target: Target
    peer: tuple[float, ...] = ()
    peer_name: str = "none"

    def __post_init__(self) -> None:
        if not self.ours or (self.peer and len(self.peer) != len(self.ours)):
            raise ValueError(f"{self.name}: a figure needs one sample of ours, and of its peer if any, a round")

    @property
    def value(self) -> float:
        """The median of ours."""
        return median(self.ours)

    @property
    def peer_value(self) -> float | None:
        """The median of the peer."""
        return median(self.peer) if self.peer else None

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' own ratios: a neighbour that slows one round down slows both sides of it."""
        if not self.peer:
            return None
        return median(ours / peer for ours, peer in zip(self.ours, self.peer, strict=True))

    @property
    def is_held(self) -> bool:
        """Whether the target was reached."""
        return self.target.is_held(self)

    def to_json(self) -> dict[str, Any]:
        """Every sample, so that a doubt can be settled later."""
        return {
            "name": self.name,
            "unit": self.unit,
            "ours": {"median": self.value, "samples": list(self.ours)},
            "peer": {"name": self.peer_name, "median": self.peer_value, "samples": list(self.peer)},
            "ratio": self.ratio,
            "target": self.target.text(self.unit),
            "held": self.is_held,
        }


def interleaved(
    ours: Callable[[], float], peer: Callable[[], float], *, rounds: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Measure both in turn, the one that goes first changing from round to round."""
    samples: tuple[list[float], list[float]] = ([], [])
    sides: Sequence[tuple[list[float], Callable[[], float]]] = ((samples[0], ours), (samples[1], peer))
    for number in range(rounds):
        for kept, measure in sides if number % 2 == 0 else reversed(sides):
            kept.append(measure())
    return tuple(samples[0]), tuple(samples[1])
