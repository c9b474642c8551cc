"""JSON with places: parsed at full speed, and searched again only for the places that are asked for."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, overload

from harness.doctor.reading.file import FileFault
from harness.doctor.reading.node import Node, Place

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_Offsets = dict[str | int, int]


def json_tree(text: str, *, path: str, is_unique: bool = False) -> Node:
    """The document as nodes; raises `FileFault` where it is no JSON, and with `is_unique` where a name stands twice."""
    pairs = _each_once if is_unique else None
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        place = Place(path, error.lineno, error.colno)
        raise FileFault(place, "not JSON", "give the file as the tool wrote it") from None
    except RecursionError:
        raise FileFault(Place(path), "nested too deep", "give the file as the tool wrote it") from None
    except ValueError as error:
        raise FileFault(Place(path), f"not JSON ({error})", "give the file as the tool wrote it") from None
    return _Document(text, path).node(value, ())


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


@dataclass(frozen=True)
class _Document:
    """The text, where its lines begin, and where the children of each container begin that was asked about."""

    text: str = field(repr=False)
    path: str
    _children: dict[int, _Offsets] = field(default_factory=dict, repr=False, compare=False)

    def node(self, value: Any, road: tuple[str | int, ...]) -> Node:
        """A value as a node; deeper ones are made when they are met."""
        content: Any = value
        if isinstance(value, dict):
            content = _Members(self, value, road)
        elif isinstance(value, list):
            content = _Elements(self, value, road)
        return Node(content, lambda: self.place(road))

    def place(self, road: tuple[str | int, ...]) -> Place:
        """Where the value at the end of a road begins."""
        at = _skip(self.text, 0)
        for step in road:
            if at not in self._children:
                self._children[at] = _children(self.text, at)
            at = self._children[at][step]
        line = bisect_right(self._lines, at)
        return Place(self.path, line, at - self._lines[line - 1] + 1)

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]


@dataclass(frozen=True, eq=False)
class _Members(Mapping[str, Node]):
    """An object of the document."""

    document: _Document
    held: dict[str, Any] = field(repr=False)
    road: tuple[str | int, ...]

    def __getitem__(self, name: str) -> Node:
        return self.document.node(self.held[name], (*self.road, name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)


@dataclass(frozen=True, eq=False)
class _Elements(Sequence[Node]):
    """An array of the document."""

    document: _Document
    held: list[Any] = field(repr=False)
    road: tuple[str | int, ...]

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> list[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | list[Node]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self.held)))]
        return self.document.node(self.held[index], (*self.road, index))

    def __len__(self) -> int:
        return len(self.held)


def _skip(text: str, at: int) -> int:
    """Past white space."""
    found = _BLANK.match(text, at)
    return found.end() if found is not None else at


def _children(text: str, at: int) -> _Offsets:
    """Where each child of a container begins; `at` is its bracket or brace. The parser skips what lies between.

    Each container is gone through once, so that asking for every place costs no more than reading the text again.
    """
    is_object = text[at] == "{"
    found: _Offsets = {}
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        key: str | int = len(found)
        if is_object:
            key, after = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, after) + 1)  # past the colon
        found[key] = at  # of a name that stands twice the last one counts, as for the parser
        _, after = _DECODER.raw_decode(text, at)
        at = _skip(text, after)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found
