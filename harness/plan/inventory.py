"""How many artifacts of each class an operator has, as counted before the window: one JSON object."""

from __future__ import annotations

from collections.abc import Mapping

from harness.doctor.reading import FileFault, Place, json_tree, read
from harness.doctor.reading.file import MIB
from harness.model import CLASSES

_SHAPE = f"write a JSON object of counts by class: {', '.join(CLASSES)}"


def read_inventory(path: str) -> Mapping[str, int]:
    """Counts by artifact class; raises `FileFault`."""
    tree = json_tree(read(path, limit=MIB, what="inventory"), path=path)
    if not tree.is_mapping:
        raise FileFault(Place(path), "no JSON object", _SHAPE)
    counts: dict[str, int] = {}
    for kind, node in tree.items():
        if kind not in CLASSES:
            raise FileFault(node.place, "a count of an unknown class", _SHAPE)
        count = node.content
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise FileFault(node.place, f"the count of {kind} is no whole number from 0 on", _SHAPE)
        counts[kind] = count
    return counts
