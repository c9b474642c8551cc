"""How one failure mode is tried: acted with the fault and without it; only the first may show it and be found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.checks.check import Evidence
from harness.failures.detection import Detection, detect
from harness.failures.mode import Mode, Seen
from harness.failures.stage import Stage, Theatre
from harness.history import NoHistory
from harness.rehearsal.rehearsal import StepFailed
from harness.target import AnswerLacks, TargetFailed


class Fate(StrEnum):
    """How a trial ended."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one performance showed; `ended` says why it did not come to its end."""

    seen: Seen | None = None
    detections: tuple[Detection, ...] = ()
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A mode beside what was seen with its fault planted, and without."""

    mode: Mode
    planted: Observation
    control: Observation
    broke: str = ""

    @property
    def fate(self) -> Fate:
        """Reproduced means: seen and found by everything it names, and neither without the fault."""
        if self.broke:
            return Fate.INCONCLUSIVE
        return Fate.NOT_REPRODUCED if any(self.faults()) else Fate.REPRODUCED

    def faults(self) -> Iterator[str]:
        """Everything that speaks against it, in words."""
        if self.planted.seen is None:
            yield f"the symptom was not seen{_because(self.planted)}"
        elif self.mode.says not in self.planted.seen.cause:
            yield f"its cause does not name {self.mode.says} ({self.planted.seen.cause})"
        if not self.planted.detections:
            yield "nothing was run to find it"
        for each in self.planted.detections:
            if not each.fired:
                yield f"{each.by} did not find it ({each.why})"
        if self.control.seen is not None:
            yield f"without the fault it is seen all the same: {self.control.seen.symptom}"
        for each in self.control.detections:
            if each.fired:
                yield f"{each.by} fires without the fault too ({each.why})"

    def to_json(self) -> dict[str, Any]:
        """As `failures run --json` tells it."""
        seen = self.planted.seen
        return {
            "id": self.mode.id,
            "title": self.mode.title,
            "claims": list(self.mode.claims),
            "result": str(self.fate),
            "symptom": seen.symptom if seen else None,
            "cause": seen.cause if seen else None,
            "detections": [each.to_json() for each in self.planted.detections],
            "why": [self.broke] if self.broke else list(self.faults()),
        }


def _because(observation: Observation) -> str:
    return f", for the run ended early: {observation.ended}" if observation.ended else ""


def try_out(mode: Mode, theatre: Theatre) -> Trial:
    """Act it twice; a world that breaks decides nothing."""
    try:
        planted, control = (_performed(mode, theatre, is_planted=each) for each in (True, False))
    except TargetFailed as failure:
        return Trial(mode, Observation(), Observation(), broke=f"it could not be tried to the end: {failure}")
    return Trial(mode, planted, control)


def _performed(mode: Mode, theatre: Theatre, *, is_planted: bool) -> Observation:
    with theatre.stage(is_planted=is_planted, is_unseeded=mode.is_unseeded) as stage:
        return _observed(mode, stage)


def _observed(mode: Mode, stage: Stage) -> Observation:
    ended = ""
    try:
        mode.act(stage)
    except (StepFailed, AnswerLacks) as failure:
        ended = str(failure)
    stage.r.read_logs()
    return Observation(_seen(mode, Evidence(stage.r.history)), detect(mode.detectors, stage), ended)


def _seen(mode: Mode, evidence: Evidence) -> Seen | None:
    try:
        return mode.look(evidence)
    except (LookupError, NoHistory):  # the run ended before there was anything to look at
        return None
