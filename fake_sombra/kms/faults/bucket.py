"""The token buckets behind a quota: one for each region and group of operations, shared by every caller."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Buckets:
    """Each bucket holds one second of its rate and begins full."""

    _levels: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def take(self, region: str, group: str, rate: int, *, now: float) -> bool:
        """Take one token, where there is one."""
        level, then = self._levels.get((region, group), (float(rate), now))
        level = min(float(rate), level + max(0.0, now - then) * rate)
        admitted = level >= 1
        self._levels[region, group] = (level - 1 if admitted else level, max(now, then))
        return admitted

    def copy(self) -> Buckets:
        """An independent copy."""
        return Buckets(dict(self._levels))
