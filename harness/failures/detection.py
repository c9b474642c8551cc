"""How a failure mode is found: by a check that fails or counts it, or by a rule of the doctor; each is really run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.checks.check import Evidence
from harness.doctor.command import diagnose
from harness.doctor.inputs import Inputs
from harness.failures.stage import Stage
from harness.judge import table, verdict_of
from harness.run import Finding
from harness.verdict import Result


@dataclass(frozen=True, slots=True)
class ByCheck:
    """A check: it fails where something was done wrong, and passes where it counts what the guide says is lost."""

    id: str
    wanted: Result = Result.FAIL

    @property
    def is_alarm(self) -> bool:
        """It fails where something was done wrong; else it passes, and counts what is lost all the same."""
        return self.wanted is Result.FAIL

    def __str__(self) -> str:
        return f"check {self.id}" if self.is_alarm else f"check {self.id} counts it"


@dataclass(frozen=True, slots=True)
class ByRule:
    """A rule of the doctor, on the files of the run."""

    id: str

    def __str__(self) -> str:
        return f"doctor {self.id}"


Detector = ByCheck | ByRule


def fails(identity: str) -> ByCheck:
    """Found by a check that fails."""
    return ByCheck(identity)


def counts(identity: str) -> ByCheck:
    """Found by a check that passes on it: the loss is what the guide says, and here it is counted."""
    return ByCheck(identity, Result.PASS)


def rule(identity: str) -> ByRule:
    """Found by a rule of the doctor before anything is started."""
    return ByRule(identity)


@dataclass(frozen=True, slots=True)
class Detection:
    """Whether a detector fired on one run, and its own words."""

    by: Detector
    fired: bool
    why: str

    def to_json(self) -> dict[str, Any]:
        """As `failures --json` tells it."""
        kind = "doctor" if isinstance(self.by, ByRule) else "check"
        return {"by": kind, "id": self.by.id, "fired": self.fired, "why": self.why}


def detect(detectors: Iterable[Detector], stage: Stage) -> tuple[Detection, ...]:
    """Run every detector on what was done and on the files it was done with."""
    wanted = tuple(detectors)
    evidence = Evidence(stage.r.history)
    found = _findings(stage) if any(isinstance(each, ByRule) for each in wanted) else {}
    return tuple(_by_rule(each, found) if isinstance(each, ByRule) else _by_check(each, evidence) for each in wanted)


def _by_check(detector: ByCheck, evidence: Evidence) -> Detection:
    verdict = verdict_of(table()[detector.id], evidence)
    return Detection(detector, verdict.result is detector.wanted, f"{verdict.result}: {verdict.why}")


def _by_rule(detector: ByRule, found: Mapping[str, Sequence[Finding]]) -> Detection:
    met = found.get(detector.id, ())
    if not met:
        return Detection(detector, fired=False, why="not met")
    first = met[0]
    return Detection(detector, fired=True, why=f"{first.level} {Path(first.file).name}:{first.line}: {first.message}")


def _findings(stage: Stage) -> dict[str, list[Finding]]:
    """What the doctor says of the files as they were left, by rule."""
    with TemporaryDirectory(prefix="sombra-rehearsal-") as name:
        report = diagnose(_written(stage, Path(name)))
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        named = replace(finding, message=finding.message.replace(f"{name}/", ""))  # the folder is of no interest
        found.setdefault(finding.id, []).append(named)
    return found


def _written(stage: Stage, folder: Path) -> Inputs:
    paths = {part: folder / f"{part}.env" for part in stage.given_files}
    for part, path in paths.items():
        path.write_text("".join(f"{name}={value}\n" for name, value in stage.files[part].items()), "utf-8")
    documents: dict[str, tuple[str, ...]] = {}
    for kind, text in stage.documents.items():
        path = folder / f"{kind}.yaml"
        path.write_text(text, "utf-8")
        documents[kind] = (str(path),)
    named = {part: str(path) for part, path in paths.items()}
    return Inputs(**named, documents=documents, principal=stage.principal)
