"""How Helm lays one values file over another: maps deep, everything else replaced, null takes a key away."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.reading import Node

Road = tuple[str, ...]


def overlaid(below: Node, above: Node) -> Node:
    """The values of `below` with those of `above` over them; places stay those of the file that states a value."""
    if not (below.is_mapping and above.is_mapping):
        return above
    merged = dict(below.items())
    for name, node in above.items():
        if node.content is None:
            merged.pop(name, None)
        elif name in merged:
            merged[name] = overlaid(merged[name], node)
        else:
            merged[name] = node
    return Node(merged, above.locate)


def replaced_lists(below: Node, above: Node, road: Road = ()) -> Iterator[tuple[Road, Node, Node]]:
    """The lists that stand in both, where the upper one takes the place of the lower one."""
    for name, upper in above.items():
        lower = below.at(name)
        if lower is None:
            continue
        if lower.is_mapping and upper.is_mapping:
            yield from replaced_lists(lower, upper, (*road, name))
        elif not lower.is_mapping and not upper.is_mapping and list(lower.elements()):
            yield (*road, name), lower, upper
