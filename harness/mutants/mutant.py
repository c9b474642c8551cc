"""What a wrong Sombra is: one realistic bug behind one switch, the claims it breaks, the checks that must say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Self


class NothingToReplace(LookupError):
    """A mutant patches what is not there any more; it must be written anew, or it would change nothing."""


class Patches:
    """Replaces attributes of modules and classes for the whole process; on leaving, all are as they were."""

    def __init__(self) -> None:
        self._undo = ExitStack()

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Put a value in the place of an attribute that exists."""
        kept = self.original(owner, name)
        setattr(owner, name, value)
        self._undo.callback(setattr, owner, name, kept)

    def wrap(self, owner: Any, name: str, around: Callable[[Any], Any]) -> None:
        """Put `around(original)` in the place of a function or method."""
        self.replace(owner, name, around(self.original(owner, name)))

    def within(self, table: dict[Any, Any], **changed: Any) -> None:
        """Change entries of a table that exist, in place."""
        for name, value in changed.items():
            if name not in table:
                raise NothingToReplace(f"the table holds no {name}; write the mutant anew")
            self._undo.callback(table.__setitem__, name, table[name])
            table[name] = value

    @staticmethod
    def original(owner: Any, name: str) -> Any:
        """The attribute as its owner itself holds it; raises `NothingToReplace`."""
        if name not in vars(owner):
            raise NothingToReplace(f"{owner.__name__} has no {name}; write the mutant anew")
        return vars(owner)[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()


Change = Callable[[Patches], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A Sombra (or what stands around it) with one bug; killed when one of `checks` fails for one of `claims`.

    `is_process` is set for bugs that only a process can have: they are rehearsed as one, on `LIVES`.
    """

    id: str
    title: str
    claims: tuple[str, ...]
    checks: tuple[str, ...]
    change: Change = field(repr=False)
    is_process: bool = False

    @property
    def family(self) -> str:
        """The part that is wrong, named after the module that holds the change."""
        return self.change.__module__.rpartition(".")[2].replace("_", " ")

    @contextmanager
    def alive(self) -> Iterator[None]:
        """The bug, in the whole process, for as long as the block."""
        with Patches() as patches:
            self.change(patches)
            yield


def mutant(identity: str, *, breaks: str, killed_by: str, is_process: bool = False) -> Callable[[Change], Mutant]:
    """Make a mutant of a change, whose docstring names the bug; claims and check ids are separated by blanks."""
    return lambda change: Mutant(
        identity,
        (change.__doc__ or "").rstrip("."),
        tuple(breaks.split()),
        tuple(killed_by.split()),
        change,
        is_process,
    )


def gathered(*modules: Any) -> dict[str, Mutant]:
    """Every mutant of some modules by its id, in their order; raises ValueError where two share one."""
    found: dict[str, Mutant] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Mutant) and found.setdefault(value.id, value) is not value:
                raise ValueError(f"two mutants are called {value.id}")
    return found
