"""One value of a document and where it stands; the same for YAML and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Content: TypeAlias = "Scalar | Mapping[str, Node] | Sequence[Node]"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Node:
    """A scalar, a mapping or a list. Its content has no repr: it may be a secret.

    `locate` is asked once, and only where a place is needed: finding one in a large file costs more than reading it.
    `within` places the characters of a string in which another document stands.
    """

    content: Content = field(repr=False)
    locate: Callable[[], Place] = field(repr=False, compare=False)
    within: Callable[[int], Place] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def place(self) -> Place:
        """Where it stands."""
        return self.locate()

    @property
    def is_mapping(self) -> bool:
        """Whether it has names."""
        return isinstance(self.content, Mapping)

    @property
    def text(self) -> str | None:
        """The content of a string; None for everything else."""
        return self.content if isinstance(self.content, str) else None

    def at(self, *path: str | int) -> Node | None:
        """Walk down by names and positions; None where the road ends or leads to null."""
        here: Node = self
        for step in path:
            below = here._below(step)
            if below is None:
                return None
            here = below
        return None if here.content is None else here

    def text_at(self, *path: str | int) -> str | None:
        """The string at the end of a road."""
        found = self.at(*path)
        return found.text if found is not None else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """Names and values of a mapping; nothing for everything else."""
        return iter(self.content.items() if isinstance(self.content, Mapping) else ())

    def elements(self) -> Iterator[Node]:
        """The entries of a list; nothing for everything else."""
        if isinstance(self.content, Sequence) and not isinstance(self.content, str):
            return iter(self.content)
        return iter(())

    def plain(self) -> object:
        """The same without places; the caller bounds what it asks for."""
        if isinstance(self.content, Mapping):
            return {name: value.plain() for name, value in self.content.items()}
        if isinstance(self.content, Sequence) and not isinstance(self.content, str):
            return [value.plain() for value in self.content]
        return self.content

    def _below(self, step: str | int) -> Node | None:
        if isinstance(self.content, Mapping):
            return self.content.get(step) if isinstance(step, str) else None
        if isinstance(self.content, Sequence) and not isinstance(self.content, str) and isinstance(step, int):
            return self.content[step] if 0 <= step < len(self.content) else None
        return None
