"""Which faults are active at a front, how often each was asked, and what they do to the next call."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.faults.bucket import Buckets
from fake_sombra.kms.faults.codes import THROTTLED, injected
from fake_sombra.kms.faults.effects import Latency, Outage, Quota, Refuse, Spoil, Stale
from fake_sombra.kms.faults.fault import Asked, Fault
from fake_sombra.kms.faults.spec import parse


@dataclass(slots=True)
class Strike:
    """What happens to one call; without faults, nothing.

    `refused` and `is_cut` keep a call from the rules; `spoilt` may change its answer afterwards.
    """

    key: str | None = None
    delay_s: float = 0.0
    refused: KmsError | None = None
    is_cut: bool = False
    spoilt: Spoil | None = None
    stale: Stale | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def is_settled(self) -> bool:
        """No later fault has a say."""
        return self.refused is not None or self.is_cut or self.spoilt is not None


@dataclass(slots=True)
class _Active:
    fault: Fault
    seen: int = 0
    struck: int = 0
    buckets: Buckets = field(default_factory=Buckets)

    def copy(self) -> _Active:
        return _Active(self.fault, self.seen, self.struck, self.buckets.copy())


class ActiveFaults:
    """The faults of one front, asked in order; the first that ends a call hides it from those behind."""

    def __init__(self, active: Iterable[_Active] = ()) -> None:
        self._active = list(active)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._active)

    def __repr__(self) -> str:
        return f"ActiveFaults({'; '.join(str(each.fault) for each in self._active)})"

    @property
    def hold_changes_back(self) -> bool:
        """Some fault delays what calls see of a change."""
        return any(isinstance(each.fault.effect, Stale) for each in self._active)

    def add(self, faults: Iterable[Fault]) -> None:
        """Make faults active, each behind the others."""
        with self._lock:
            self._active += [_Active(fault) for fault in faults]

    def heal(self, faults: Iterable[Fault] | None = None) -> None:
        """Lift these faults, the newest of equal ones, or all; raises ValueError and lifts none."""
        with self._lock:
            if faults is None:
                self._active.clear()
                return
            left = self._active[::-1]
            for fault in faults:
                found = next((each for each in left if each.fault == fault), None)
                if found is None:
                    raise ValueError(f"the fault {fault} is not active; GET /faults names those that are")
                left.remove(found)
            self._active = left[::-1]

    def strike(self, asked: Asked, *, now: float) -> Strike:
        """What happens to a call; each fault counts the calls that reach it."""
        strike = Strike(asked.key)
        with self._lock:
            for active in self._active:
                if not strike.is_settled and active.fault.calls.match(asked):
                    _apply(active, strike, asked, now)
        return strike

    def copy(self) -> ActiveFaults:
        """An independent copy, counts and buckets included."""
        with self._lock:
            return ActiveFaults(each.copy() for each in self._active)

    def to_json(self) -> list[dict[str, Any]]:
        """Each fault as its spec, with the number of calls it saw and struck."""
        with self._lock:
            return [{"spec": str(each.fault), "seen": each.seen, "struck": each.struck} for each in self._active]

    @classmethod
    def from_json(cls, saved: Iterable[Mapping[str, Any]]) -> ActiveFaults:
        """Bring them back; buckets begin full. Raises ValueError."""
        return cls(_Active(fault, each["seen"], each["struck"]) for each in saved for fault in parse(each["spec"]))


def _apply(active: _Active, strike: Strike, asked: Asked, now: float) -> None:
    fault = active.fault
    active.seen += 1
    random = fault.random(active.seen)
    if not fault.trigger.fires(active.seen, random):
        return
    match fault.effect:
        case Refuse(code):
            strike.refused = injected(code, asked.key)
        case Latency() as latency:
            strike.delay_s += latency.draw_s(random)
        case Outage(region) if region in {None, asked.region}:
            strike.is_cut = True
        case Quota() as quota if _is_over(quota, active.buckets, asked, now):
            strike.refused = injected(THROTTLED, asked.key)
        case Stale() as stale:
            strike.stale = stale
        case Spoil() as spoil:
            strike.spoilt = spoil
        case _:
            return
    active.struck += 1
    strike.faults += (fault,)


def _is_over(quota: Quota, buckets: Buckets, asked: Asked, now: float) -> bool:
    drawn = quota.bucket(asked.operation, asked.region)
    return drawn is not None and not buckets.take(asked.region, *drawn, now=now)
