"""How problems are gathered while an environment is read, so that all are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_sombra.errors import Problem


@dataclass(slots=True)
class Reader:
    """An environment being read, and what was found on the way."""

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

    def required(self, variable: str) -> str:
        """A value that must be there and not blank."""
        value = self.environ.get(variable)
        if value is None:
            self.refuse(variable, "is not set; it is required")
        elif not value.strip():
            self.refuse(variable, "is empty; it is required")
        return value or ""
