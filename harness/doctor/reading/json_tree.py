"""JSON with places: parsed at full speed, and searched again only for the places that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, overload

from harness.doctor.reading.json_text import JsonText
from harness.doctor.reading.node import Node, Place

_DEEPEST = 100
Road: TypeAlias = "tuple[str | int, ...]"


def json_tree(text: str, *, path: str) -> Node:
    """The document as nodes; raises `FileFault` where it is no JSON."""
    return _whole(JsonText(text, path))


def json_inside(node: Node) -> Node:
    """The document that stands in a string of another, placed in the file; raises `FileFault` where it is none."""
    text = node.text or ""
    return _whole(JsonText(text, node.place.file, node.within or (lambda _: node.place)))


def json_node(source: JsonText, value: Any, at: int) -> Node:
    """A value that was decoded at a point of a text."""
    return _Document(source, at).node(value, ())


def _whole(source: JsonText) -> Node:
    at = source.skip(0)
    value, end = source.decoded(at)
    after = source.skip(end)
    if after < len(source.text):
        raise source.fault(after, "more than one JSON document", "give one document a file")
    return json_node(source, value, at)


@dataclass(frozen=True, eq=False)
class _Document:
    """A value of a text: where it begins, and what was found out about the places in it."""

    source: JsonText
    base: int
    _found: dict[Road, Mapping[str | int, int]] = field(default_factory=dict, repr=False)

    def node(self, value: Any, road: Road) -> Node:
        """A value as a node; deeper ones are made when they are met."""
        if len(road) > _DEEPEST:
            raise self.source.fault(self.base, f"nested deeper than {_DEEPEST} levels")
        if isinstance(value, str):
            return Node(value, lambda: self.place(road), lambda offset: self._in_string(road, offset))
        content: Any = value
        if isinstance(value, dict):
            content = _Members(self, value, road)
        elif isinstance(value, list):
            content = _Elements(self, value, road)
        return Node(content, lambda: self.place(road))

    def place(self, road: Road) -> Place:
        """Where the value at the end of a road begins."""
        return self.source.place(self._start(road))

    def _in_string(self, road: Road, offset: int) -> Place:
        return self.source.in_string(self._start(road), offset)

    def _start(self, road: Road) -> int:
        at = self.base
        for length, step in enumerate(road):
            above = road[:length]
            if above not in self._found:
                self._found[above] = dict(_children(self.source, at))
            at = self._found[above][step]
        return at


@dataclass(frozen=True, eq=False)
class _Members(Mapping[str, Node]):
    """An object of the document."""

    document: _Document
    held: dict[str, Any] = field(repr=False)
    road: Road

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
    road: Road

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


def _children(source: JsonText, at: int) -> Iterator[tuple[str | int, int]]:
    """Where each member or element of a container begins; the parser, which knows it well, skips over each."""
    is_object = source.text[at] == "{"
    at, number = source.skip(at + 1), 0
    while source.text[at] not in "}]":
        step: str | int = number
        if is_object:
            step, after = source.decoded(at)
            at = source.skip(source.skip(after) + 1)  # past the colon
        yield step, at
        at, number = source.skip(source.passed(at)), number + 1
        if source.text[at] == ",":
            at = source.skip(at + 1)
