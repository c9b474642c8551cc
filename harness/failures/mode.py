"""What a failure mode is: how a cutover goes wrong, what an operator sees of it, and the run that shows both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.checks.check import Evidence
from harness.failures.described import Described
from harness.failures.detection import Detector
from harness.failures.stage import Stage


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run showed: the symptom as an operator meets it, its cause by code or log line, and the events."""

    symptom: str
    cause: str
    evidence: tuple[int, ...] = ()


Act = Callable[[Stage], None]
Look = Callable[[Evidence], Seen | None]
"""Finds the symptom in a history; None where it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode(Described):
    """One failure mode that can be reproduced; the words are for people, a run speaks for itself.

    `act` is done twice, once with the fault planted and once without; `limits` is what it leaves out of real life.
    `reports` are public threads, as `owner/repo#n`.
    """

    act: Act = field(repr=False)
    look: Look = field(repr=False)
    detectors: tuple[Detector, ...]
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
        id=identity,
        title=title,
        claims=tuple(claims.split()),
        symptom=symptom,
        cause=cause,
        detect=detect,
        remedy=remedy,
        says=says,
        act=act,
        look=look,
        detectors=detected_by,
        limits=limits,
        reports=tuple(reports.split()),
        is_unseeded=unseeded,
    )
