"""What a process's environment is once every layer has been laid over the other, and where each variable came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from harness.doctor.reading import Place
from harness.environment import EnvFile, default_rollback
from harness.run import Finding

_NEEDED = frozenset(
    {
        "AWS_KMS_KEY_ARN",
        "AWS_KMS_THROW_PERMISSIONS_ERRORS",
        "AWS_REGION",
        "INTERNAL_KEY_HASH",
        "JWT_ECDSA_KEY",
        "KMS_PROVIDER",
        "ORGANIZATION_URI",
    }
)


class Undecided(Exception):
    """A rule cannot be evaluated: which variable it would be about, why, where, and what to do so that it can be."""

    def __init__(self, name: str, why: str, *, action: str, place: Place | None = None) -> None:
        super().__init__(why)
        self.name, self.action, self.place = name, action, place


class NotInTheFiles(Undecided):
    """Something a rule needs lies outside what was given, such as in a Secret: the rule cannot be evaluated.

    `why`, `place` and `action` say it better than the name alone, where a reader knows more.
    """

    def __init__(self, name: str, *, why: str = "", place: Place | None = None, action: str = "") -> None:
        usual = "Give the file that holds it (a Secret, an env file), or run `doctor` where it is known."
        told = why or f"the value of {name} is not in the files that were given"
        super().__init__(name, told, action=action or usual, place=place)


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: its value (None: not in the files), the place that won, how it came in, and what it beat.

    `why` says why the value is not in the files, where that is more than that they lack it.
    """

    value: str | None = field(repr=False)
    place: Place
    origin: str
    beats: tuple[Place, ...] = ()
    why: str = ""


class Source(Protocol):
    """An environment a gateway would be started with: an env file, or what a deployment amounts to."""

    @property
    def path(self) -> str:
        """The file that names it, for a person."""
        ...

    @property
    def variables(self) -> Mapping[str, str]:
        """Values by name; reading one that is not in the files raises `NotInTheFiles`."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was odd while it was read."""
        ...

    def place(self, name: str) -> Place:
        """Where a variable is set; the head of the source when nowhere."""
        ...


@dataclass(frozen=True)
class Effective:
    """The environment of one container, resolved; `head` is where a missing variable would be added.

    `elsewhere` is where more variables come in than the files hold: what is needed and not seen may be there.
    """

    head: Place
    settings: Mapping[str, Setting]
    findings: tuple[Finding, ...] = ()
    elsewhere: Place | None = None

    @property
    def path(self) -> str:
        """The file of its head."""
        return self.head.file

    @cached_property
    def variables(self) -> Mapping[str, str]:
        """Values by name; reading one that is not in the files raises `NotInTheFiles`."""
        return _Known(self.settings, _NEEDED if self.elsewhere is not None else frozenset())

    def place(self, name: str) -> Place:
        """Where a variable is set, or would come in."""
        found = self.settings.get(name)
        return found.place if found is not None else self.elsewhere or self.head


@dataclass(frozen=True)
class FromEnvFile:
    """An env file as a source."""

    file: EnvFile

    @property
    def path(self) -> str:
        """The file's path as given."""
        return self.file.path

    @property
    def variables(self) -> Mapping[str, str]:
        """Every value is known."""
        return self.file.variables

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Duplicates."""
        return self.file.findings

    def place(self, name: str) -> Place:
        """The line of a variable."""
        return Place(self.file.path, self.file.line(name))


def rolled_back(after: Source) -> Source:
    """The guide's rollback: the environment of after with `KMS_PROVIDER=local` and nothing else changed."""
    if isinstance(after, FromEnvFile):
        return FromEnvFile(default_rollback(after.file))
    back = Setting("local", after.place("KMS_PROVIDER"), "the guide's rollback")
    if isinstance(after, Effective):
        return Effective(after.head, {**after.settings, "KMS_PROVIDER": back}, elsewhere=after.elsewhere)
    settings = {name: Setting(_peek(after, name), after.place(name), "after") for name in after.variables}
    settings["KMS_PROVIDER"] = back
    return Effective(next(iter(settings.values())).place, settings)


def _peek(source: Source, name: str) -> str | None:
    try:
        return source.variables[name]
    except NotInTheFiles:
        return None


class _Known(Mapping[str, str]):
    """Settings as plain variables: a name can be seen without its value, a value only when it is known."""

    def __init__(self, settings: Mapping[str, Setting], hidden: frozenset[str]) -> None:
        self._settings, self._hidden = settings, hidden

    def __getitem__(self, name: str) -> str:
        if name in self._hidden and name not in self._settings:
            raise NotInTheFiles(name)
        setting = self._settings[name]
        if setting.value is None:
            raise NotInTheFiles(name, why=setting.why, place=setting.place)
        return setting.value

    def __contains__(self, name: object) -> bool:
        return name in self._settings

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)
