"""docs/fidelity.md: each row has an id, a mark and a source, and every id that the code cites is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.documents.fidelity import Row, citations, problems, rows

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "fidelity.md").read_text("utf-8")
CODE = [ROOT / name for name in ("fake_sombra", "harness", "scenarios")]

ROW = Row("local-wrap", "AES-KW", "inferred", "a sample")


def test_every_row_of_the_page_is_read_and_holds() -> None:
    written = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert len(rows(PAGE)) == len(written) > 0
    assert list(problems(rows(PAGE))) == []


def test_every_row_that_the_code_cites_is_on_the_page() -> None:
    cited, known = citations(CODE), {row.id for row in rows(PAGE)}

    assert cited
    assert {identity: places for identity, places in cited.items() if identity not in known} == {}


def test_every_source_has_its_address_and_every_address_its_row() -> None:
    used = set(re.findall(r"\[([^\]]+)\](?![(:\[])", " ".join(row.source for row in rows(PAGE))))
    defined = dict(re.findall(r"^\[([^\]]+)\]: (https://\S+)$", PAGE, re.MULTILINE))

    assert used == set(defined)


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ((ROW, ROW), "local-wrap names 2 rows"),
        ((Row("Local Wrap", "x", "ours", "none"),), "'Local Wrap' is no id"),
        ((Row("local-wrap", "x", "guessed", "none"),), "local-wrap is marked 'guessed'"),
        ((Row("local-wrap", "x", "ours", ""),), "local-wrap lacks what the fake does, or its source"),
        ((Row("local-wrap", "", "ours", "none"),), "local-wrap lacks what the fake does, or its source"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(found: tuple[Row, ...], problem: str) -> None:
    assert list(problems((ROW,))) == []
    assert any(told.startswith(problem) for told in problems(found))


def test_a_row_is_read_from_its_four_cells() -> None:
    page = "| id | what | mark | source |\n|---|---|---|---|\n| `a-b` | one `|`-free cell | ours | G-01 |\n"

    assert rows(page.replace("`|`", "`x`")) == (Row("a-b", "one `x`-free cell", "ours", "G-01"),)


def test_a_citation_is_found_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text('"""One (fidelity.md#a-b)."""\n\nX = 1  # fidelity.md#c\n', "utf-8")

    assert citations([tmp_path]) == {
        "a-b": [f"{tmp_path.as_posix()}/module.py:1"],
        "c": [f"{tmp_path.as_posix()}/module.py:3"],
    }
