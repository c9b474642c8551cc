"""The doctor's YAML trees say what PyYAML says, with places; only what no deployment needs is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.doctor.reading import Node, Place, json_tree, yaml_trees

_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
_SCALAR = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | _TEXT
_TREE = st.recursive(
    _SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4), max_leaves=20
)

_MERGES = (
    "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n",
    "a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}\n",
    "a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b], w: 4}\n",
    "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n",
    "x: &x [1, 2]\ny: *x\nz: {w: *x}\n",
    "a: {<<: {x: 1}}\n",
    "'<<': plain\n",
    "- &k key\n- {*k : value}\n",
)


def _plain(node: Node | None) -> object:
    return None if node is None else node.plain()


@given(tree=_TREE)
def test_what_pyyaml_wrote_is_read_as_it_reads_it(tree: Any) -> None:
    """Reading what was dumped gives the value that was dumped; an empty document is none."""
    text = yaml.safe_dump(tree, allow_unicode=True)

    (read,) = yaml_trees(text, path="x.yaml") or (None,)

    assert _plain(read) == yaml.safe_load(text)


@given(trees=st.lists(_TREE, max_size=4))
def test_every_document_of_a_file_is_read(trees: list[Any]) -> None:
    """As many trees as documents that are not null, in their order."""
    text = yaml.safe_dump_all(trees, allow_unicode=True, explicit_start=True)

    read = yaml_trees(text, path="x.yaml")

    assert [each.plain() for each in read] == [each for each in yaml.safe_load_all(text) if each is not None]


@pytest.mark.parametrize("text", _MERGES)
def test_merges_and_aliases_are_read_as_pyyaml_reads_them(text: str) -> None:
    (read,) = yaml_trees(text, path="x.yaml")

    assert read.plain() == yaml.safe_load(text)


def _texts(node: Node) -> list[Node]:
    below = [value for _, value in node.items()] + list(node.elements())
    return [each for inner in below for each in _texts(inner)] if below else [node] if node.text else []


@given(tree=st.dictionaries(_TEXT, st.lists(st.from_regex(r"\A[a-z]{3,9}\Z"), min_size=1, max_size=4), max_size=4))
def test_a_place_leads_to_the_value_in_both_syntaxes(tree: dict[str, list[str]]) -> None:
    """At the line and column of a text stands that text."""
    for text, root in (
        (written := yaml.safe_dump(tree, allow_unicode=True, width=10_000), next(iter(yaml_trees(written, path="x")))),
        (written := json.dumps(tree, indent=1, ensure_ascii=False), json_tree(written, path="x")),
    ):
        lines = text.split("\n")
        for node in _texts(root):
            at: Place = node.place
            assert lines[at.line - 1][at.column - 1 :].lstrip("'\"").startswith(str(node.text))
