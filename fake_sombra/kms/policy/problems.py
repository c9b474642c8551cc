"""What is wrong with a document: all of it at once, each with its place and the next action."""

from __future__ import annotations

from dataclasses import dataclass

from fake_sombra.errors import SombraError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault; `path` is the JSON pointer to it, empty for the document itself."""

    path: str
    what: str
    next: str

    def __str__(self) -> str:
        return f"{self.path or 'the document'} {self.what}; {self.next}"


class MalformedPolicy(SombraError):
    """A document is no policy or no grant; `problems` is complete."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(f"{name}: {'. '.join(map(str, problems))}")
        self.name = name
        self.problems = problems


class Problems:
    """Collects what is wrong while a document is read on."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, path: str, what: str, after: str) -> None:
        """Note one fault; `after` is what to do about it."""
        self._found.append(Problem(path, what, after))

    def raise_if_any(self, name: str) -> None:
        """Raise MalformedPolicy with everything found."""
        if self._found:
            raise MalformedPolicy(name, tuple(self._found))


def below(path: str, name: str | int) -> str:
    """The JSON pointer one level further down."""
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"
