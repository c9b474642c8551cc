"""What a rule of the doctor is: an id, a level, a claim, and a question to one file or to the whole cutover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from harness.environment import SIGNING_KEYS, EnvFile
from harness.key_facts import REMEMBERED, KeyEntry, key_entries
from harness.run import Finding, Level

LOCAL, AWS = "local", "AWS"

Part = Literal["before", "after", "rollback"]


@dataclass(frozen=True, slots=True)
class Boot:
    """One env file in its part, with its key list read once."""

    part: Part
    file: EnvFile
    keys: tuple[KeyEntry, ...]

    @classmethod
    def of(cls, part: Part, file: EnvFile) -> Boot:
        """Read the keys of a file; a missing or empty list is no list."""
        value = file.variables.get(SIGNING_KEYS, "")
        return cls(part, file, key_entries(value) if value.strip() else ())

    @property
    def provider(self) -> str | None:
        """`local`, `AWS`, or None when the file names neither; local when it names nothing."""
        named = self.file.variables.get("KMS_PROVIDER", LOCAL)
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
        return self.file.variables.get(name, "")


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


_Subject = TypeVar("_Subject", Boot, Cutover)


@dataclass(frozen=True, slots=True)
class Rule(Generic[_Subject]):
    """One row of the doctor's table; `refuses` when the gateway would not start (claims.md, "Start-up")."""

    id: str
    level: Level
    claim: str
    what: str
    look: Callable[[_Subject], Iterator[Sighting]]
    refuses: bool = False

    def findings(self, subject: _Subject) -> Iterator[Finding]:
        """Every sighting as a finding at the line of its variable."""
        for seen in self.look(subject):
            line = seen.boot.file.line(seen.variable)
            path = seen.boot.file.path
            yield Finding(self.id, self.level, self.claim, path, line, seen.message, seen.next)


FileRule = Rule[Boot]
CutoverRule = Rule[Cutover]
