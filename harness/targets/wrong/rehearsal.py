"""A wrong rehearsal or fleet: what would make a judgement green for the wrong reason."""

from __future__ import annotations

from typing import Any

from harness.mutants.mutant import Patches, mutant
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder


@mutant("rolls-instead-of-stopping", breaks="G-02", killed_by="no-overlap")
def rolls_instead_of_stopping(patches: Patches) -> None:
    """The platform starts the new instance before it stops the old one, as a rolling update does."""

    def starting(original: Any) -> Any:
        def must_start(self: Rehearsal, *given: Any, **named: Any) -> None:
            older = self.live
            original(self, *given, **named)
            for instance in older:
                self.stop_one(instance)

        return must_start

    patches.replace(Rehearsal, "stop", lambda self: None)
    patches.replace(Rehearsal, "switch", lambda self, old, new: None)
    patches.wrap(Rehearsal, "must_start", starting)


@mutant("platform-stops-by-itself", breaks="G-02", killed_by="planted-overlap-found")
def platform_stops_by_itself(patches: Patches) -> None:
    """The platform stops whatever runs before each start, so that no overlap can be planted."""

    def around(original: Any) -> Any:
        def start(self: Rehearsal, *given: Any, **named: Any) -> bool:
            self.stop()
            started: bool = original(self, *given, **named)
            return started

        return start

    patches.wrap(Rehearsal, "start", around)


@mutant("consent-not-tried", breaks="D-12", killed_by="every-class-seeded")
def consent_not_tried(patches: Patches) -> None:
    """Consent identifiers are never made, and an empty row of the table looks like a good one."""
    patches.replace(Seeder, "_consent", lambda self, name: None)


@mutant("seconds-written-as-minutes", breaks="G-15", killed_by="slow-step-overruns")
def seconds_written_as_minutes(patches: Patches) -> None:
    """The duration of a step is written down in minutes where seconds belong, so that nothing is ever slow."""

    def around(original: Any) -> Any:
        def record(self: Rehearsal, kind: str, **fields: Any) -> None:
            if kind == "step-ended":
                fields["duration_s"] /= 60
            original(self, kind, **fields)

        return record

    patches.wrap(Rehearsal, "record", around)
