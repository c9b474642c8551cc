"""YAML with places: every document of a file, anchors shared and never expanded, bombs and loops refused."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from harness.doctor.reading.file import FileFault
from harness.doctor.reading.node import Node, Place, Scalar

_Loader: TypeAlias = "yaml.CSafeLoader | yaml.SafeLoader"
_FAST: type[_Loader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 60
_MOST_NODES = 2_000_000
_MERGE = "tag:yaml.org,2002:merge"
_STRING = "tag:yaml.org,2002:str"


def yaml_trees(text: str, *, path: str) -> tuple[Node, ...]:
    """Every document that is not empty; raises `FileFault` at the first place that is no YAML."""
    try:
        loader = _FAST(text)
    except yaml.YAMLError as error:
        raise _fault(error, path) from None
    try:
        return tuple(_documents(loader, path))
    except yaml.YAMLError as error:
        raise _fault(error, path) from None
    except RecursionError:
        raise FileFault(Place(path), f"nested deeper than {_DEEPEST} levels", "flatten it") from None
    finally:
        loader.dispose()


def _documents(loader: _Loader, path: str) -> Iterator[Node]:
    while loader.check_node():
        root = loader.get_node()
        if root is None:
            continue
        tree = _Tree(loader, path).node(root, ())
        if tree.content is not None:
            yield tree


@dataclass(slots=True)
class _Tree:
    """One document on its way from PyYAML's nodes to ours; a node that is met again is the same one."""

    loader: _Loader
    path: str
    _done: dict[int, Node] = field(default_factory=dict)

    def node(self, raw: yaml.Node, above: tuple[int, ...]) -> Node:
        known = self._done.get(id(raw))
        if known is not None:
            return known
        place = self._place(raw)
        if id(raw) in above:
            raise FileFault(place, "an anchor that contains itself", "write the value out")
        if len(above) >= _DEEPEST or len(self._done) >= _MOST_NODES:
            raise FileFault(place, "nested too deep or too large to be a deployment", "give the deployment's own file")
        road = (*above, id(raw))
        if isinstance(raw, yaml.MappingNode):
            content: Any = self._mapping(raw, road)
        elif isinstance(raw, yaml.SequenceNode):
            content = [self.node(each, road) for each in raw.value]
        else:
            content = self._scalar(raw, place)
        self._done[id(raw)] = Node(content, lambda: place)
        return self._done[id(raw)]

    def _mapping(self, raw: yaml.MappingNode, road: tuple[int, ...]) -> dict[str, Node]:
        own: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in raw.value:
            if key.tag == _MERGE:
                merged = {**self._merged(value, road), **merged}
                continue
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                raise FileFault(self._place(key), "a name that is no plain text", "write NAME: value")
            if name in own:
                raise FileFault(self._place(key), "a name that stands here twice", "keep one of the two")
            own[name] = self.node(value, road)
        return {**merged, **own}

    def _merged(self, raw: yaml.Node, road: tuple[int, ...]) -> dict[str, Node]:
        """What `<<` brings in; the first of a list wins."""
        sources = raw.value if isinstance(raw, yaml.SequenceNode) else [raw]
        brought: dict[str, Node] = {}
        for source in sources:
            brought = {**dict(self.node(source, road).items()), **brought}
        return brought

    def _scalar(self, raw: yaml.Node, place: Place) -> Scalar:
        if raw.tag in {_STRING, _MERGE}:
            return str(raw.value)
        try:
            made: Hashable = self.loader.construct_object(raw)
        except ValueError:
            return str(raw.value)  # looks like a date or a number and is none
        except yaml.YAMLError:
            raise FileFault(place, f"an unknown tag (!{raw.tag.rpartition(':')[2]})", "write the plain value") from None
        return made if made is None or isinstance(made, (str, int, float, bool)) else str(raw.value)

    def _place(self, raw: yaml.Node) -> Place:
        mark = raw.start_mark
        return Place(self.path, mark.line + 1, mark.column + 1)


def _fault(error: yaml.YAMLError, path: str) -> FileFault:
    """What is wrong and where; PyYAML's own text may quote the file, so only its problem is kept."""
    mark = getattr(error, "problem_mark", None)
    place = Place(path, mark.line + 1, mark.column + 1) if mark is not None else Place(path)
    if isinstance(error, yaml.scanner.ScannerError) and "{{" in str(getattr(mark, "buffer", "") or ""):
        return FileFault(place, "not YAML", "render templates first (helm template), and give the result")
    return FileFault(place, "not YAML", "correct it there; unrendered templates ({{ … }}) are not YAML")
