"""How a good document goes bad: one value, one name, one line, some bytes; and files that were never good."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.fuzz.rows import Reader, Syntax

_DEEP: Any = "bottom"
for _ in range(50):
    _DEEP = [_DEEP]

NASTY_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 3.5, float("nan"), float("inf"), 10**18, 10**400, "", " ", "\n", "\t", "a" * 5000,
    "{{ .Values.key }}", "${SHELL}", "$(NAME)", "null", "~", "yes", "1e999", "0x" + "f" * 300, "\u202e\u2066",
    "\x1b[2J", "é" * 40, "-----BEGIN EC PRIVATE KEY-----", ",,,,", "arn:aws:kms", "<script>",
    "../../etc/passwd", [], {}, [[]],
    [None], [{}], {"": None}, {"name": None}, {"name": "X", "value": {"a": 1}}, [{"name": ["x"]}], _DEEP,
)  # fmt: skip

CHUNKS: tuple[bytes, ...] = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\r", b"\t", b"\n\n", b"\xc3\x28", b"\xed\xa0\x80",
    b"\xe2\x80\xae", b"\x1b[31m", b"&a [*a]", b"<<: *a", b"*missing", b"!!python/object/apply:os.system [id]",
    b"!Ref x", b"{{ x }}",
    b"[" * 200, b"{" * 200, b'"' * 3, b"'", b"---\n", b"...\n", b"%YAML 9.9\n", b"? [", b"- - - ", b"NaN", b"1" * 5000,
    b"=", b"export ", b"#", b"\\u0000", b"\\", b",", b": ", b"\x85", b"\xe2\x80\xa8", b"[[accepted]]", b"}",
)  # fmt: skip


def mutated(reader: Reader) -> SearchStrategy[bytes]:
    """A document of the reader's syntax in which something is not as it should be."""
    structured: dict[Syntax, Callable[[bytes], SearchStrategy[bytes]]] = {
        "env": _changed_lines,
        "toml": _changed_lines,
        "yaml": _changed_yaml,
        "json": _changed_json,
        "lines": _changed_json_lines,
    }
    return structured[reader.syntax](reader.valid())


@st.composite
def spliced(draw: DrawFn, reader: Reader) -> bytes:
    """The reader's good document with some of its bytes cut, doubled, changed or replaced by hostile ones."""
    content = bytearray(reader.valid() if draw(st.integers(0, 9)) else draw(st.binary(max_size=2000)))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(content)))
        end = min(len(content), begin + draw(st.sampled_from((0, 1, 2, 7, 40, 400))))
        content[begin:end] = draw(
            st.sampled_from(CHUNKS) | st.binary(max_size=12) | st.just(bytes(content[begin:end]) * 2)
        )
    return bytes(content)


@st.composite
def _changed_lines(draw: DrawFn, valid: bytes) -> bytes:
    lines = valid.split(b"\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        name, _, value = lines[at].partition(b"=")
        text = st.sampled_from([each.encode() for each in NASTY_VALUES if isinstance(each, str)])
        lines[at : at + 1] = draw(
            st.sampled_from(
                [
                    [],
                    [lines[at]] * 2,
                    [name],
                    [value],
                    [name + b"= " + value],
                    [b" " + lines[at] + b"\r"],
                    [name + b"="],
                ]
            )
            | text.map(lambda each: [name + b"=" + each])  # noqa: B023  drawn before the loop goes on
        )
        lines = lines or [b""]
    return b"\n".join(lines)


@st.composite
def _changed_tree(draw: DrawFn, tree: Any) -> Any:
    """The same tree with one to three changes, each at a place that is drawn on the way down."""
    root = {"root": copy.deepcopy(tree)}
    for _ in range(draw(st.integers(1, 3))):
        _change(draw, root)
    return root.get("root")


def _change(draw: DrawFn, root: Any) -> None:
    here: Any = root
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not places:
            return
        at = draw(st.sampled_from(places))
        below = here[at]
        if isinstance(below, (dict, list)) and below and draw(st.integers(0, 4)):
            here = below
            continue
        kind = draw(st.sampled_from(("replace", "remove", "wrap", "rename")))
        if kind == "replace":
            here[at] = copy.deepcopy(draw(st.sampled_from(NASTY_VALUES)))
        elif kind == "remove" and here is not root:
            del here[at]
        elif kind == "wrap":
            here[at] = draw(st.sampled_from(([below], {"a": below}, [below, below])))
        elif kind == "rename" and isinstance(here, dict):
            here[draw(st.sampled_from(("", "name", "<<", "x" * 300, "kind", "é", "1")))] = below
        return


def _changed_json(valid: bytes) -> SearchStrategy[bytes]:
    return _changed_tree(json.loads(valid)).map(lambda tree: json.dumps(tree).encode(errors="surrogatepass"))


def _changed_yaml(valid: bytes) -> SearchStrategy[bytes]:
    return _changed_tree(list(yaml.safe_load_all(valid))).map(_dumped)


def _dumped(trees: Any) -> bytes:
    listed = trees if isinstance(trees, list) else [trees]
    return str(yaml.safe_dump_all(listed, allow_unicode=True, sort_keys=False)).encode(errors="surrogatepass")


@st.composite
def _changed_json_lines(draw: DrawFn, valid: bytes) -> bytes:
    lines = valid.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        tree = draw(_changed_tree(json.loads(lines[at])))
        lines[at] = json.dumps(tree).encode()
    return b"\n".join(lines) + b"\n"
