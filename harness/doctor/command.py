"""What the doctor makes of the files it was given, and the exit code that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from harness.doctor.baseline import Acceptance, Accepted, settle
from harness.doctor.binding import digests
from harness.doctor.documents import READERS
from harness.doctor.effective import Source
from harness.doctor.examination import Examined, look_at
from harness.doctor.inputs import Inputs, Reading, read_all
from harness.doctor.policies import examine_policies
from harness.doctor.rule import Unevaluated
from harness.doctor.selection import Selection
from harness.run import Finding

Live = Callable[[Source], list[Finding | Unevaluated]]
"""A look at the real key of an environment."""

GO, NO_GO, UNUSABLE, OPEN = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one call of the doctor established.

    `unusable` files were not examined, `accepted` findings do not count, `digests` bind the environments by part.
    """

    examined: Examined = field(default_factory=Examined)
    unusable: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Unusable files first."""
        return (*self.unusable, *self.examined.findings)

    @property
    def exit_code(self) -> int:
        """An unusable file outweighs an error, an error an open question."""
        if self.unusable:
            return UNUSABLE
        if any(finding.level == "error" for finding in self.findings):
            return NO_GO
        return OPEN if self.examined.unevaluated else GO

    def narrowed(self, selection: Selection) -> Report:
        """The same with the selected rules only; a file that cannot be used stays."""
        findings = [each for each in self.examined.findings if each.id in selection]
        unevaluated = [each for each in self.examined.unevaluated if each.rule in selection]
        accepted = tuple(each for each in self.accepted if each.finding.id in selection)
        return replace(self, examined=Examined.of([*findings, *unevaluated]), accepted=accepted)

    def settled(self, baseline: Iterable[Acceptance], *, today: date) -> Report:
        """The same with accepted findings set apart, and what is wrong with the baseline told."""
        counting, accepted = settle(self.examined.findings, baseline, today=today)
        examined = Examined.of([*counting, *self.examined.unevaluated])
        return replace(self, examined=examined, accepted=tuple(accepted))


def diagnose(inputs: Inputs, *, live: Live | None = None) -> Report:
    """Read and examine everything that was given; nothing stops at the first trouble."""
    return report_on(read_all(inputs, READERS), live=live)


def report_on(reading: Reading, *, live: Live | None = None) -> Report:
    """Examine what was read; `live` then asks the key of the environment after the cutover, where one is known."""
    after = reading.migration.get("after")
    asked = live(after) if live is not None and after is not None else ()
    seen = [*reading.seen, *_environments(reading), *_policies(reading), *asked]
    return Report(Examined.of(seen), tuple(reading.unusable), digests=digests(reading.migration))


def _environments(reading: Reading) -> list[Finding | Unevaluated]:
    """Every environment by itself; the first of each part together as the migration."""
    given = reading.migration
    seen = look_at(given.get("before"), given.get("after"), given.get("rollback"))
    for part, sources in reading.parts.items():
        for further in sources[1:]:
            alone = {part: further}
            seen.extend(look_at(alone.get("before"), alone.get("after"), alone.get("rollback")))
    return seen


def _policies(reading: Reading) -> list[Finding | Unevaluated]:
    """Policies are judged when all is read: the key and the caller may stand in any file."""
    after, caller = reading.first("after"), reading.caller
    each_origin = (reading.policies, *reading.planned)
    return [seen for each in each_origin for seen in examine_policies(each, principal=caller, after=after)]
