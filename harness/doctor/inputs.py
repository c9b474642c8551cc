"""Which files the doctor was given, and what reading them yields: environments by part, findings, open questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from harness.doctor.effective import FromEnvFile, Source
from harness.doctor.policies import Policies, as_principal
from harness.doctor.reading import FileFault, Place, Stated
from harness.doctor.rule import Part, Unevaluated
from harness.environment import EnvFile, EnvFileError
from harness.run import Finding

UNUSABLE = "G-14"  # files are the road by which the values come in


@dataclass(frozen=True, slots=True)
class Inputs:
    """Paths as the command line gave them, by kind; what is no env file describes the deployment after the cutover."""

    before: str | None = None
    after: str | None = None
    rollback: str | None = None
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    principal: str | None = None

    def __bool__(self) -> bool:
        return any((self.before, self.after, self.rollback, *self.documents.values()))


@dataclass(slots=True)
class Reading:
    """What was read: several sources may describe one part, such as an env file and the manifests made from it.

    `policies` are those of the operator's files, `planned` those of each plan; `roles` are what the deployments run as,
    `principal` is the caller as the command line names it; `kms_keys` is where Terraform keeps Sombra's keys.
    """

    parts: dict[Part, list[Source]] = field(default_factory=dict)
    seen: list[Finding | Unevaluated] = field(default_factory=list)
    unusable: list[Finding] = field(default_factory=list)
    policies: Policies = field(default_factory=Policies)
    planned: list[Policies] = field(default_factory=list)
    roles: list[Stated[str]] = field(default_factory=list)
    principal: Stated[str] | None = None
    kms_keys: list[str] = field(default_factory=list)

    def add(self, part: Part, source: Source) -> None:
        """One more environment of a part."""
        self.parts.setdefault(part, []).append(source)

    def refuse(self, fault: FileFault) -> None:
        """A file that cannot be used; it hides no other."""
        at = fault.place
        told = Finding("file-unusable", "error", UNUSABLE, at.file, at.line, fault.cause, fault.action, at.column)
        self.unusable.append(told)

    @property
    def migration(self) -> Mapping[Part, Source]:
        """The one source that stands for each part that was given."""
        return {part: sources[0] for part, sources in self.parts.items() if sources}

    @property
    def caller(self) -> Stated[str] | None:
        """As whom Sombra calls AWS: as it is told, else as the one role that the deployments name."""
        named = [role for role in self.roles if as_principal(role.value)]
        sole = len({role.value for role in named}) == 1
        return self.principal or (named[0] if sole else None)

    def first(self, part: Part) -> Source | None:
        """The source that stands for a part where only one can."""
        return next(iter(self.parts.get(part, ())), None)


DocumentReader = Callable[[tuple[str, ...], Reading], None]
"""Reads the files of one kind into a reading; raises `FileFault` when one cannot be used."""


def read_all(inputs: Inputs, readers: Mapping[str, DocumentReader]) -> Reading:
    """Read everything; a file that cannot be used is told and hides no other."""
    principal = None if inputs.principal is None else Stated(inputs.principal, Place("(--principal)"))
    reading = Reading(principal=principal)
    for part, path in _env_files(inputs):
        try:
            reading.add(part, FromEnvFile(EnvFile.read(path)))
        except EnvFileError as error:
            reading.unusable.append(error.finding())
    for kind, paths in inputs.documents.items():
        if not paths:
            continue
        try:
            readers[kind](paths, reading)
        except FileFault as fault:
            reading.refuse(fault)
    return reading


def _env_files(inputs: Inputs) -> Iterable[tuple[Part, str]]:
    given: dict[Part, str | None] = {"before": inputs.before, "after": inputs.after, "rollback": inputs.rollback}
    return [(part, path) for part, path in given.items() if path is not None]
