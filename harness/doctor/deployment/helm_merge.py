"""How Helm lays one values file over another: maps deep, everything else replaced, null takes a key away."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.reading import Node

Road = tuple[str, ...]
_Pair = tuple[int, int]


def overlaid(below: Node, above: Node) -> Node:
    """The values of `below` with those of `above` over them; places stay those of the file that states a value."""
    return _overlaid(below, above, {})


def _overlaid(below: Node, above: Node, done: dict[_Pair, Node]) -> Node:
    """Nodes that an anchor shares are laid over each other once, however often they are named."""
    if not (below.is_mapping and above.is_mapping):
        return above
    pair = (id(below), id(above))
    if pair in done:
        return done[pair]
    merged = dict(below.items())
    for name, node in above.items():
        if node.content is None:
            merged.pop(name, None)
        elif name in merged:
            merged[name] = _overlaid(merged[name], node, done)
        else:
            merged[name] = node
    done[pair] = Node(merged, above.locate)
    return done[pair]


def replaced_lists(below: Node, above: Node) -> Iterator[tuple[Road, Node, Node]]:
    """The lists that stand in both, where the upper one takes the place of the lower one."""
    return _replaced(below, above, (), set())


def _replaced(below: Node, above: Node, road: Road, seen: set[_Pair]) -> Iterator[tuple[Road, Node, Node]]:
    if (id(below), id(above)) in seen:
        return
    seen.add((id(below), id(above)))
    for name, upper in above.items():
        lower = below.at(name)
        if lower is None:
            continue
        if lower.is_mapping and upper.is_mapping:
            yield from _replaced(lower, upper, (*road, name), seen)
        elif not lower.is_mapping and not upper.is_mapping and list(lower.elements()):
            yield (*road, name), lower, upper
