"""What a rule of the doctor is: an id, a level, a claim, and a question to one file or to the whole cutover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Literal, TypeVar, get_args

from harness.doctor.effective import Source, Undecided
from harness.doctor.reading import Place
from harness.environment import SIGNING_KEYS
from harness.key_facts import REMEMBERED, KeyEntry, key_entries
from harness.run import Finding, Level

LOCAL, AWS = "local", "AWS"

Part = Literal["before", "after", "rollback"]


@dataclass(frozen=True)
class Boot:
    """One environment in its part; reading a value that is not in the files raises `NotInTheFiles`."""

    part: Part
    source: Source

    @cached_property
    def keys(self) -> tuple[KeyEntry, ...]:
        """The key list, read once; a missing or empty list is no list."""
        value = self.value(SIGNING_KEYS)
        return key_entries(value) if value.strip() else ()

    @property
    def provider(self) -> str | None:
        """`local`, `AWS`, or None when the file names neither; local when it names nothing."""
        named = self.source.variables.get("KMS_PROVIDER", LOCAL)
        return named if named in {LOCAL, AWS} else None

    @property
    def fingerprints(self) -> tuple[str | None, ...]:
        """The fingerprint at each place; None for an entry that cannot be used."""
        return tuple(entry.fingerprint for entry in self.keys)

    @property
    def loaded(self) -> tuple[str | None, ...]:
        """The places a gateway remembers: the first four."""
        return self.fingerprints[:REMEMBERED]

    def value(self, name: str) -> str:
        """A variable's value, empty when it is unset."""
        return self.source.variables.get(name, "")

    def sets(self, name: str) -> bool:
        """Whether a variable is set, known or not."""
        return name in self.source.variables


@dataclass(frozen=True, slots=True)
class Cutover:
    """The three boots of a migration; `rollback_is_default` when the operator gave no file for it."""

    before: Boot
    after: Boot
    rollback: Boot
    rollback_is_default: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """A rule met what it looks for: in which boot, at which variable, why, and the one next action."""

    boot: Boot
    variable: str
    message: str
    next: str

    @property
    def place(self) -> Place:
        """Where the variable is set."""
        return self.boot.source.place(self.variable)


@dataclass(frozen=True, slots=True)
class PlacedSighting:
    """A rule met what it looks for at a place of a document."""

    place: Place
    message: str
    next: str


@dataclass(frozen=True, slots=True)
class Unevaluated:
    """A rule that could not be answered, and why; never counted as passed."""

    rule: str
    claim: str
    file: str
    line: int
    why: str
    next: str
    column: int = 1


_Subject = TypeVar("_Subject")


@dataclass(frozen=True, slots=True)
class Rule(Generic[_Subject]):
    """One row of the doctor's table.

    `refuses` when the gateway would not start (claims.md, "Start-up"); `modes` are the failure modes it finds.
    """

    id: str
    level: Level
    claim: str
    what: str
    look: Callable[[_Subject], Iterator[Sighting | PlacedSighting]]
    refuses: bool = False
    modes: tuple[str, ...] = ()

    def findings(self, subject: _Subject) -> Iterator[Finding | Unevaluated]:
        """Every sighting as a finding at its place; one `Unevaluated` where it cannot be decided."""
        try:
            for seen in self.look(subject):
                at = seen.place
                yield Finding(self.id, self.level, self.claim, at.file, at.line, seen.message, seen.next, at.column)
        except Undecided as question:
            at = question.place or place_of(subject, question.name)
            yield Unevaluated(self.id, self.claim, at.file, at.line, f"{question}.", question.action, at.column)


def place_of(subject: object, name: str) -> Place:
    """Where the boot that sets a variable sets it."""
    boots = (subject,) if isinstance(subject, Boot) else (getattr(subject, part, None) for part in get_args(Part))
    known = [boot for boot in boots if isinstance(boot, Boot)]
    setting = next((boot for boot in known if boot.sets(name)), None)
    return (setting or known[0]).source.place(name) if known else Place("(unknown)")


FileRule = Rule[Boot]
CutoverRule = Rule[Cutover]
