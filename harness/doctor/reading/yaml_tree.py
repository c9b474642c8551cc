"""YAML with places: every document of a file, anchors shared and never expanded, bombs and loops refused.

Nodes are made of the parser's events, one by one: PyYAML's own composer calls itself for every level, and its C
form ends the process when a file is nested deep enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import yaml

from harness.doctor.reading.file import FileFault
from harness.doctor.reading.node import Node, Place, Scalar

_Loader: TypeAlias = "yaml.CSafeLoader | yaml.SafeLoader"
Locate: TypeAlias = Callable[[], Place]
_FAST: type[_Loader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 60
_MOST_NODES = 500_000
_MOST_DIRECTIVES = 100
_LARGEST_BITS = 64
_SHOWN_TAG = 40
_MERGE = "tag:yaml.org,2002:merge"
_STRING = "tag:yaml.org,2002:str"
_DIRECTIVE = re.compile("^%", re.MULTILINE)


def yaml_trees(text: str, *, path: str) -> tuple[Node, ...]:
    """Every document that is not empty; raises `FileFault` at the first place that is no YAML."""
    if sum(1 for _ in _DIRECTIVE.finditer(text)) > _MOST_DIRECTIVES:
        raise FileFault(Place(path), "more directives than any deployment has", "remove the lines that begin with %")
    try:
        loader = _FAST(text)
    except yaml.YAMLError as error:
        raise _fault(error, path) from None
    try:
        return tuple(_Builder(loader, path).documents())
    except yaml.YAMLError as error:
        raise _fault(error, path) from None
    finally:
        loader.dispose()


@dataclass(slots=True)
class _Frame:
    """A collection whose end has not come: `name` is the key that waits for its value, `merges` what `<<` names."""

    locate: Locate
    anchor: str | None
    is_mapping: bool
    names: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    name: str | None = None
    is_merge: bool = False
    merges: list[Node] = field(default_factory=list)

    @property
    def awaits_name(self) -> bool:
        """The next event is a key."""
        return self.is_mapping and self.name is None and not self.is_merge

    def take(self, node: Node) -> None:
        """Put a whole value where it belongs."""
        if not self.is_mapping:
            self.items.append(node)
        elif self.is_merge:
            self.merges.append(node)
            self.is_merge = False
        elif self.name is not None:
            self.names[self.name] = node
            self.name = None


_OPEN = Node(None, partial(Place, ""))
"""Stands for an anchor whose collection has not ended."""


@dataclass(slots=True)
class _Builder:
    """One file on its way from events to nodes; an alias is the node it names."""

    loader: _Loader
    path: str
    _frames: list[_Frame] = field(default_factory=list)
    _anchors: dict[str, Node] = field(default_factory=dict)
    _count: int = 0
    _root: Node | None = None

    def documents(self) -> Iterator[Node]:
        """Every document that is not empty."""
        while self.loader.check_event():
            event = self.loader.get_event()
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.DocumentEndEvent):
                if self._root is not None and self._root.content is not None:
                    yield self._root
                self._root, self._anchors = None, {}

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        locate = self._spend(1, self._locate(event))
        if len(self._frames) >= _DEEPEST:
            raise _too_much(locate)
        if self._frames and self._frames[-1].awaits_name:
            raise FileFault(locate(), "a name that is no plain text", "write NAME: value")
        if event.anchor is not None:
            self._anchors[event.anchor] = _OPEN
        self._frames.append(_Frame(locate, event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def _end(self) -> None:
        frame = self._frames.pop()
        names = {**self._merged(frame), **frame.names} if frame.merges else frame.names
        self._put(Node(names if frame.is_mapping else frame.items, frame.locate), frame.anchor)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        locate = self._spend(1, self._locate(event))
        value, tag = str(event.value), str(event.tag or "!")
        if tag == "!":
            tag = str(self.loader.resolve(yaml.ScalarNode, value, event.implicit))  # type: ignore[no-untyped-call]
        is_name = bool(self._frames) and self._frames[-1].awaits_name
        made = value if is_name or tag in {_STRING, _MERGE} else self._typed(tag, value, locate)
        node = Node(made, locate)
        if is_name:
            self._name(node, is_merge=tag == _MERGE)
            self._anchor(node, event.anchor)
        else:
            self._put(node, event.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        locate = self._spend(1, self._locate(event))
        node = self._anchors.get(str(event.anchor))
        if node is None:
            raise FileFault(locate(), "an alias of no anchor", "write the value out")
        if node is _OPEN:
            raise FileFault(locate(), "an anchor that contains itself", "write the value out")
        if not self._frames or not self._frames[-1].awaits_name:
            self._put(node, None)
        elif node.text is None:
            raise FileFault(locate(), "a name that is no plain text", "write NAME: value")
        else:
            self._name(Node(node.content, locate), is_merge=False)

    def _name(self, node: Node, *, is_merge: bool) -> None:
        frame, name = self._frames[-1], str(node.content)
        if is_merge:
            frame.is_merge = True
            return
        if name in frame.names:
            raise FileFault(node.place, "a name that stands here twice", "keep one of the two")
        frame.name = name

    def _put(self, node: Node, anchor: str | None) -> None:
        """A whole value: into the collection it stands in, or as the root."""
        self._anchor(node, anchor)
        if self._frames:
            self._frames[-1].take(node)
        else:
            self._root = node

    def _anchor(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _merged(self, frame: _Frame) -> dict[str, Node]:
        """What `<<` brings in; the first that brings a name wins."""
        brought: dict[str, Node] = {}
        for merge in frame.merges:
            for source in (merge,) if merge.is_mapping else tuple(merge.elements()):
                held = dict(source.items())
                self._spend(len(held), frame.locate)
                brought = {**held, **brought}
        return brought

    def _typed(self, tag: str, value: str, locate: Locate) -> Scalar:
        """A number, a truth value or null; what only looks like one, and what is too large for one, stays text."""
        constructor = self.loader.yaml_constructors.get(tag)
        if constructor is None:
            shown = tag.rpartition(":")[2].lstrip("!")[:_SHOWN_TAG]
            raise FileFault(locate(), f"an unknown tag (!{shown})", "write the plain value")
        try:
            made: object = constructor(self.loader, yaml.ScalarNode(tag, value))
        except (ValueError, LookupError, OverflowError, AttributeError):  # PyYAML's own, over an empty value
            return value
        except yaml.YAMLError:
            raise FileFault(locate(), "a value that is not what its tag says", "write the plain value") from None
        if isinstance(made, int) and made.bit_length() > _LARGEST_BITS:
            return value
        return made if made is None or isinstance(made, (str, int, float, bool)) else value

    def _locate(self, event: yaml.NodeEvent) -> Locate:
        mark = event.start_mark
        return partial(Place, self.path) if mark is None else partial(Place, self.path, mark.line + 1, mark.column + 1)

    def _spend(self, count: int, locate: Locate) -> Locate:
        """Count nodes, merged ones too, against what a deployment can have; gives the place back."""
        self._count += count
        if self._count > _MOST_NODES:
            raise _too_much(locate)
        return locate


def _too_much(locate: Locate) -> FileFault:
    action = "give the deployment's own file, alone"
    return FileFault(locate(), "nested too deep or too large to be a deployment", action)


def _fault(error: yaml.YAMLError, path: str) -> FileFault:
    """What is wrong and where; PyYAML's own text may quote the file, so only its problem is kept."""
    mark = getattr(error, "problem_mark", None)
    place = Place(path, mark.line + 1, mark.column + 1) if mark is not None else Place(path)
    if isinstance(error, yaml.scanner.ScannerError) and "{{" in str(getattr(mark, "buffer", "") or ""):
        return FileFault(place, "not YAML", "render templates first (helm template), and give the result")
    return FileFault(place, "not YAML", "correct it there; unrendered templates ({{ … }}) are not YAML")
