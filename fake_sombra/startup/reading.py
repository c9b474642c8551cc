"""How problems are gathered while an environment is read, so that all are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_sombra.errors import Problem


@dataclass(slots=True)
class Reader:
    """An environment being read, and what was found on the way; its values have no repr."""

    environ: Mapping[str, str] = field(repr=False)
    _problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> tuple[Problem, ...]:
        """Why the start is refused, in the order of reading."""
        return tuple(problem for problem in self._problems if problem.level == "refuse")

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """Warnings and notes that do not stop the start."""
        return tuple(problem for problem in self._problems if problem.level != "refuse")

    def refuse(self, variable: str, message: str, *, item: int | None = None) -> None:
        """Refuse the start; never put a value into the message."""
        self._problems.append(Problem(variable, message, "refuse", item))

    def warn(self, variable: str, message: str, *, item: int | None = None) -> None:
        """Start, but say so."""
        self._problems.append(Problem(variable, message, "warning", item))

    def note(self, variable: str, message: str) -> None:
        """Start; worth knowing."""
        self._problems.append(Problem(variable, message, "note"))

    def required(self, variable: str, advice: str) -> str | None:
        """A value that must be there and not blank; None when it was refused."""
        value = self.environ.get(variable)
        if value is not None and value.strip():
            return value
        self.refuse(variable, f"{'is not set' if value is None else 'is empty'}; {advice}")
        return None

    def text(self, variable: str) -> str | None:
        """Free text; an empty one counts as unset, as it does for the AWS SDKs."""
        return self.environ.get(variable) or None

    def items(self, value: str) -> list[tuple[int, str]]:
        """The items of a comma-separated value with their places, counted from 1."""
        return list(enumerate(value.split(","), start=1))
