"""What a run of the benchmarks can be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`connections` and `seconds` are alike for ours and for the peer."""

    rounds: int = 3
    seconds: float = 2.0
    connections: int = 8
    size: int = 1 << 30


class BenchmarkFailed(Exception):
    """A measurement could not be made; the message says what to do."""
