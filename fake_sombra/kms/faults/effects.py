"""What a fault does to a call, as values that print as they are written in a fault spec."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from statistics import NormalDist
from typing import Final, Literal

_Z99: Final = NormalDist().inv_cdf(0.99)
_LARGE = frozenset({"us-east-1", "us-west-2", "eu-west-1"})
_MIDDLE = frozenset({"us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"})
_CRYPTOGRAPHIC = frozenset(
    {"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateRandom", "ReEncrypt"}
)
_OF_ONE: Final[Mapping[str, int]] = {
    "CreateKey": 5,
    "DescribeKey": 2000,
    "DisableKey": 5,
    "EnableKey": 5,
    "PutKeyPolicy": 15,
    "UpdateAlias": 5,
}


@dataclass(frozen=True, slots=True)
class Refuse:
    """AWS refuses the call; nothing happened."""

    code: str

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Latency:
    """The answer comes late by a log-normal time."""

    median_ms: int
    p99_ms: int

    def draw_s(self, random: Random) -> float:
        """Seconds of one call."""
        sigma = math.log(self.p99_ms / self.median_ms) / _Z99
        return random.lognormvariate(math.log(self.median_ms), sigma) / 1000

    def __str__(self) -> str:
        return f"latency({spelled(self.median_ms)},{spelled(self.p99_ms)})"


@dataclass(frozen=True, slots=True)
class Outage:
    """A region, or every one, takes no connections; nothing happened."""

    region: str | None = None

    def __str__(self) -> str:
        return "outage" if self.region is None else f"outage({self.region})"


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls beyond a rate are throttled, whoever makes them; without a rate, AWS's own quotas apply."""

    per_second: int | None = None

    def bucket(self, operation: str, region: str) -> tuple[str, int] | None:
        """Name and rate of what a call draws from in its region; None where no quota is known."""
        if self.per_second is not None:
            return "all", self.per_second
        if operation in _CRYPTOGRAPHIC:
            return "cryptographic", 100_000 if region in _LARGE else 20_000 if region in _MIDDLE else 10_000
        return (operation, _OF_ONE[operation]) if operation in _OF_ONE else None

    def __str__(self) -> str:
        return "quota" if self.per_second is None else f"quota({self.per_second}/s)"


@dataclass(frozen=True, slots=True)
class Stale:
    """A change becomes visible only after so many calls, or after so much time."""

    calls: int = 0
    ms: int = 0

    def __str__(self) -> str:
        return f"stale({spelled(self.ms) if self.ms else self.calls})"


Simple = Literal["bad-gateway", "garbage", "lacking-fields", "lost", "random-plaintext", "wrong-key"]


@dataclass(frozen=True, slots=True)
class Spoil:
    """The answer is lost, or is not what the rules said."""

    how: Simple

    def __str__(self) -> str:
        return self.how


Effect = Refuse | Latency | Outage | Quota | Stale | Spoil

UNREACHED: Final = frozenset({"bad-gateway", "garbage"})
"""Something in front of the KMS answers in its place; the call has no effect."""


def spelled(ms: int) -> str:
    """A duration as a spec writes it."""
    return f"{ms}ms" if ms % 1000 else f"{ms // 1000}s"
