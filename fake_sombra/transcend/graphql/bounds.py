"""How much one GraphQL document may ask for, so that no query costs more than its answer is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

MOST_TOKENS: Final = 3000
LONGEST: Final = 64 << 10
DEEPEST: Final = 16
MOST_FIELDS: Final = 1000
MOST_ALIASES: Final = 50
MOST_ROOT_FIELDS: Final = 20


@dataclass(frozen=True, slots=True)
class Weight:
    """Levels, fields and aliases of a selection, its fragments spread out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(max(self.depth, other.depth), self.fields + other.fields, self.aliases + other.aliases)


@dataclass(slots=True)
class _Scales:
    """Weighs selections; each fragment once, however often it is spread."""

    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, Weight] = field(default_factory=dict)

    def weigh(self, selections: SelectionSetNode | None) -> Weight:
        total = Weight()
        for node in selections.selections if selections is not None else ():
            if isinstance(node, FieldNode):
                inner = self.weigh(node.selection_set)
                total += Weight(inner.depth + 1, inner.fields + 1, inner.aliases + (node.alias is not None))
            elif isinstance(node, InlineFragmentNode):
                total += self.weigh(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                total += self._weigh_fragment(node.name.value)
        return total

    def _weigh_fragment(self, name: str) -> Weight:
        if name not in self.known:
            self.known[name] = Weight()  # a cycle weighs nothing here: validation refuses it
            fragment = self.fragments.get(name)
            self.known[name] = self.weigh(fragment.selection_set) if fragment else Weight()
        return self.known[name]


def too_much(document: DocumentNode) -> str | None:
    """Return what of a document is over its bound, or None."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    scales = _Scales(fragments)
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        weight = scales.weigh(operation.selection_set)
        counted = {
            f"levels deep; {DEEPEST} are allowed": (weight.depth, DEEPEST),
            f"fields; {MOST_FIELDS} are allowed": (weight.fields, MOST_FIELDS),
            f"aliases; {MOST_ALIASES} are allowed": (weight.aliases, MOST_ALIASES),
            f"root fields; {MOST_ROOT_FIELDS} are allowed": (
                len(list(root_fields(document, operation))),
                MOST_ROOT_FIELDS,
            ),
        }
        over = next((f"{count} {what}" for what, (count, most) in counted.items() if count > most), None)
        if over is not None:
            return f"the query is too large: {over}"
    return None


def root_fields(document: DocumentNode, operation: OperationDefinitionNode) -> Iterator[str]:
    """Yield the names of the fields an operation begins with, fragments followed once each."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    waiting, followed = [operation.selection_set], set[str]()
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield node.name.value
            elif isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in followed:
                followed.add(node.name.value)
                if node.name.value in fragments:
                    waiting.append(fragments[node.name.value].selection_set)
