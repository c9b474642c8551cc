"""Laws of reading: any text gives trees or the one fault, and a place is where its value begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.doctor.command import diagnose
from harness.doctor.documents import READERS
from harness.doctor.inputs import Inputs
from harness.doctor.reading import FileFault, JsonPieces, Node, json_inside, json_tree, read, yaml_trees

_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-99, 99), st.text(max_size=8))
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
_YAML = st.text(st.sampled_from("ab:-?&*<!|>{}[]\"'#,%@` \n\t0"), max_size=40)
_KINDS = ("values", "manifests", "compose", "ecs", "tfplan", "iam-policy", "key-policy")


def _leaves(node: Node) -> Iterator[Node]:
    inner = [*(each for _, each in node.items()), *node.elements()]
    yield node
    for each in inner:
        yield from _leaves(each)


@given(_VALUES)
def test_json_is_read_as_it_is_and_each_place_begins_its_value(value: object) -> None:
    """Parsing again at a node's place gives the node's value."""
    text = json.dumps(value, indent=1)
    tree = json_tree(text, path="x")

    assert tree.plain() == value
    for node in _leaves(tree):
        line = "\n".join(text.split("\n")[node.place.line - 1 :])
        assert json.JSONDecoder().raw_decode(line, node.place.column - 1)[0] == node.plain()


@given(_VALUES)
def test_a_document_within_a_string_is_placed_in_the_file(value: object) -> None:
    """The file's text at an inner value's place begins with that value as the string holds it."""
    inner = json.dumps(value)
    text = json.dumps({"outer": ["x", inner]}, indent=1)
    holder = json_tree(text, path="x").at("outer", 1)
    assert holder is not None

    tree = json_inside(holder)

    assert tree.plain() == value
    for node in _leaves(tree):
        line = text.split("\n")[node.place.line - 1]
        rest = json.loads(f'"{line[node.place.column - 1 :].rstrip().removesuffix(",")}')
        assert json.JSONDecoder().raw_decode(rest)[0] == node.plain()


@given(_VALUES, _VALUES, st.integers(0, 2))
def test_a_document_by_pieces_is_the_whole_document(one: object, two: object, indent: int) -> None:
    """What is taken equals what a parser makes of it, at the same place; what is passed over is not in the way."""
    whole = {"skipped": one, "taken": two, "listed": [one, two]}
    text = json.dumps(whole, indent=indent or None)
    at_once, pieces = json_tree(text, path="x"), JsonPieces(text, path="x")
    taken: list[tuple[Node, Node | None]] = []

    for name in pieces.names():
        if name == "listed":
            taken += [(pieces.take(), at_once.at("listed", number)) for number in pieces.entries()]
        elif name == "taken":
            taken.append((pieces.take(), at_once.at("taken")))
        else:
            pieces.pass_over()
    pieces.end()

    assert [node.plain() for node, _ in taken] == [two, one, two]
    assert all(whole is None or node.place == whole.place for node, whole in taken)


@given(st.text(st.sampled_from('{}[]",:1 \nae\\'), max_size=30))
def test_pieces_accept_json_and_nothing_else(text: str) -> None:
    """Passed over piece by piece: what is JSON with each name once is accepted, and what is accepted is JSON."""
    pieces = JsonPieces(text, path="x")

    try:
        pieces.pass_over(2)
        pieces.end()
        accepted = True
    except FileFault:
        accepted = False

    assert _is_json(text, _once) <= accepted <= _is_json(text, dict)


def _is_json(text: str, pairs: Callable[[list[tuple[str, object]]], object]) -> bool:
    try:
        json.loads(text, object_pairs_hook=pairs)
    except ValueError:
        return False
    return True


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


@given(st.lists(st.from_regex(r"[a-z]{1,6}x", fullmatch=True), min_size=1, max_size=6, unique=True))
def test_a_place_in_yaml_begins_its_value(words: list[str]) -> None:
    """The text at a value's place is the value."""
    text = "list:\n" + "".join(f"  - name: {word}\n" for word in words)
    (tree,) = yaml_trees(text, path="x")

    entries = tree.at("list")
    assert entries is not None
    for word, entry in zip(words, entries.elements(), strict=True):
        found = entry.at("name")
        assert found is not None
        assert text.split("\n")[found.place.line - 1][found.place.column - 1 :] == word


@given(_YAML | st.text(max_size=40))
def test_any_text_is_trees_or_a_fault(text: str) -> None:
    """Neither parser raises anything but its own fault."""
    for parse in (lambda: yaml_trees(text, path="x"), lambda: json_tree(text, path="x")):
        try:
            parse()
        except FileFault as fault:
            assert fault.place.line >= 1  # noqa: PT017  # either way is right


@given(st.binary(max_size=60) | _YAML.map(str.encode), st.sampled_from(_KINDS))
def test_any_bytes_under_any_flag_end_in_an_exit_code(content: bytes, kind: str) -> None:
    """No content of a document makes the doctor raise, and none without a gateway passes."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "document")
        path.write_bytes(content)

        assert diagnose(Inputs(documents={kind: (str(path),)})).exit_code in {1, 2, 3}


@given(_VALUES, st.sampled_from(_KINDS), st.sampled_from(["services", "spec", "envs", "containerDefinitions", "image"]))
def test_any_tree_under_any_flag_ends_in_an_exit_code(value: object, kind: str, name: str) -> None:
    """Values of the wrong shape where the readers look are no tracebacks."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "document.json")
        path.write_text(json.dumps({"kind": "Deployment", name: value, "metadata": value}), "utf-8")

        assert diagnose(Inputs(documents={kind: (str(path),)})).exit_code in {1, 2, 3}


def test_every_kind_of_deployment_is_fuzzed() -> None:
    assert set(_KINDS) <= set(READERS)


def test_a_bomb_of_anchors_is_not_expanded() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]

    (tree,) = yaml_trees("\n".join(lines), path="x")

    assert tree.at("a29", 0, 0, 0) is tree.at("a26")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &a [*a]", "contains itself"),
        ("[" * 200 + "]" * 200, "deep"),
        ("a: 1\na: 2", "twice"),
        ("? [a]\n: 1", "no plain text"),
        ("a: !!python/object:os.system x", "unknown tag"),
        ("a: {{ .Values.b }}", "no plain text"),
    ],
)
def test_what_yaml_allows_and_a_deployment_never_needs_is_refused(text: str, why: str) -> None:
    with pytest.raises(FileFault, match=why):
        yaml_trees(text, path="x")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b", b"x" * 11])
def test_what_is_no_bounded_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)

    with pytest.raises(FileFault):
        read(path, limit=10, what="manifest")


def test_a_file_within_bounds_loses_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbfa: 1")

    assert read(path, limit=10, what="manifest") == "a: 1"
