"""What a failure mode is: how a cutover goes wrong, what an operator sees of it, and the run that shows both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from harness.checks.check import Evidence
from harness.failures.detection import Detector
from harness.failures.stage import Stage

AGREED: Final = tuple(f"F{number:02}" for number in range(1, 51))
"""The fifty that were agreed on; one more or less is a change of the contract."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run showed: the symptom as an operator meets it, its cause by code or log line, and the events."""

    symptom: str
    cause: str
    evidence: tuple[int, ...] = ()


Act = Callable[[Stage], None]
Look = Callable[[Evidence], Seen | None]
"""Finds the symptom in a history; None where it is not there."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One failure mode. `symptom`, `cause`, `detect` and `remedy` are for people; a run speaks for itself.

    `says` is what an answer or a log line must name as the cause. `act` is done twice, once with the fault planted and
    once without; `limits` is what it leaves out of real life. `reports` are public threads, as `owner/repo#n`.
    """

    id: str
    title: str
    claims: tuple[str, ...]
    symptom: str
    cause: str
    detect: str
    remedy: str
    act: Act = field(repr=False)
    look: Look = field(repr=False)
    detectors: tuple[Detector, ...]
    says: str = ""
    limits: str = ""
    reports: tuple[str, ...] = ()
    is_unseeded: bool = False

    @property
    def command(self) -> str:
        """The one line that reproduces it."""
        return f"sombra-rehearsal failures run {self.id}"


def failure(
    identity: str,
    title: str,
    *,
    claims: str,
    symptom: str,
    cause: str,
    detect: str,
    remedy: str,
    look: Look,
    detected_by: tuple[Detector, ...],
    says: str = "",
    limits: str = "",
    reports: str = "",
    unseeded: bool = False,
) -> Callable[[Act], Mode]:
    """Make a mode of what is acted, in an empty world if `unseeded`; claims and reports are separated by blanks."""
    return lambda act: Mode(
        identity,
        title,
        tuple(claims.split()),
        symptom,
        cause,
        detect,
        remedy,
        act,
        look,
        detected_by,
        says,
        limits,
        tuple(reports.split()),
        unseeded,
    )
