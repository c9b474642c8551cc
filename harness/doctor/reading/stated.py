"""A value together with the place that states it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.doctor.reading.node import Node, Place

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Stated(Generic[_Value]):
    """A value and where it is stated; for what is left to a default, where it would stand."""

    value: _Value
    place: Place


def stated_text(node: Node | None) -> Stated[str] | None:
    """A string and its place; None for everything else."""
    return Stated(node.text, node.place) if node is not None and node.text is not None else None


def stated_int(node: Node | None) -> Stated[int] | None:
    """A whole number and its place; None for everything else."""
    if node is None or isinstance(node.content, bool) or not isinstance(node.content, int):
        return None
    return Stated(node.content, node.place)
