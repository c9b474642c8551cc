"""What a run of walks shares: the target, the counts, the time, the digest of everything, the goals reached."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from harness.explore.coverage import Coverage
from harness.explore.environments import ACCOUNT, ARNS
from harness.explore.interruption import Interruption
from harness.explore.machine import Disagreement
from harness.explore.walk import Walk
from harness.history import History
from harness.target import Secrets, Target, WorldPlan

_SAID: Final = frozenset({"acted", "compared", "statuses"})
PLANNED_KEYS: Final = (ARNS["x"], ARNS["y"])


@dataclass(slots=True)
class Session:
    """Opens a world for each walk and keeps what they have in common; a `Watcher`.

    `clock` measures steps: the time of one core where everything happens in this thread. `keep` is handed each history.
    """

    target: Target
    secrets: Secrets = field(default_factory=Secrets.fresh)
    coverage: Coverage = field(default_factory=Coverage)
    clock: Callable[[], float] = time.thread_time
    keep: Callable[[History], None] | None = None
    walks: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    between: float = 0.0
    seconds: dict[str, float] = field(default_factory=lambda: {"local": 0.0, "AWS": 0.0})
    compared: int = 0
    found: Disagreement | None = None
    interruption: Interruption = field(default_factory=Interruption)
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _last: float | None = None

    def begin(self) -> Walk:
        """A walk in a fresh world."""
        self.interruption.obey()
        if self._last is None:
            self._last = self.clock()
        self.coverage.begin()
        walk = self.walk(History(), witnessed=True)
        now = self.clock()
        self.between += now - self._last
        self._last = now
        return walk

    def walk(self, history: History, *, witnessed: bool = False) -> Walk:
        """A walk that nobody counts, or that the goals hear of."""
        world = self.target.open(WorldPlan(PLANNED_KEYS, ACCOUNT, self.secrets))
        try:
            return Walk.through(world, self.secrets, history, witness=self.coverage if witnessed else None)
        except BaseException:
            world.close()
            raise

    def stepped(self, walk: Walk) -> None:
        """Count a step, and the time since the last one, for the provider that lives."""
        provider = "AWS" if walk.oracle.view.uses_kms else "local"
        now = self.clock()
        self.steps[provider] += 1
        self.seconds[provider] += now - (now if self._last is None else self._last)
        self._last = now
        self.interruption.obey()

    def differed(self, found: Disagreement) -> None:
        """Remember the shortest."""
        if self.found is None or len(found.trace) <= len(self.found.trace):
            self.found = found

    def end(self, walk: Walk, *, is_whole: bool) -> None:
        """Let go of the world; the digest grows by what was done and seen."""
        self.walks += 1
        self.compared += walk.compared
        for event in walk.history:
            if event.kind in _SAID:
                said = (event.get("action"), event.get("cause"), event.get("seen"))
                self._digest.update(f"{event.kind} {said}\n".encode())
        if self.keep is not None:
            self.keep(walk.history)
        walk.stage.r.world.close()

    @property
    def digest(self) -> str:
        """Of all walks so far: equal for two runs that did and saw the same."""
        return self._digest.hexdigest()

    def rate(self, provider: str) -> float:
        """Steps a second while a provider lived, each with its share of what lies between walks; 0 without any."""
        steps, every = self.steps[provider], sum(self.steps.values())
        if not steps:
            return 0.0
        return steps / (self.seconds[provider] + self.between * steps / every)
