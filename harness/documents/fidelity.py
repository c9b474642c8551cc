"""How docs/fidelity.md is read: its rows, what a row must have, and which comments in the code cite one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MARKS = ("documented", "inferred", "ours")

_ROW = re.compile(r"\| `(?P<id>[^`]*)` \| (?P<does>.*) \| (?P<mark>[^|]*) \| (?P<source>[^|]*) \|")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CITATION = re.compile(r"fidelity\.md#([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Row:
    """One simplification or decision: its stable id, what the fake does, how sure we are, and where it is from."""

    id: str
    does: str
    mark: str
    source: str


def rows(page: str) -> tuple[Row, ...]:
    """Every row of every table of the page."""
    found = (_ROW.fullmatch(line) for line in page.splitlines())
    return tuple(Row(*(each.strip() for each in match.groups())) for match in found if match is not None)


def problems(found: Iterable[Row]) -> Iterator[str]:
    """Ids are unique and can stand behind a `#`; a mark is one of three; every row says where it is from."""
    known = tuple(found)
    for identity, count in Counter(row.id for row in known).items():
        if count > 1:
            yield f"{identity} names {count} rows; give each its own id"
        if not _ID.fullmatch(identity):
            yield f"{identity!r} is no id; use lower case words with hyphens"
    for row in known:
        if row.mark not in MARKS:
            yield f"{row.id} is marked {row.mark!r}; use one of {', '.join(MARKS)}"
        if not row.source or not row.does:
            yield f"{row.id} lacks what the fake does, or its source; give both"


def citations(folders: Iterable[Path]) -> dict[str, list[str]]:
    """Every id cited as in `fidelity.md#…` by the Python files below some folders, with the places that cite it."""
    cited: dict[str, list[str]] = {}
    for file in sorted(file for folder in folders for file in folder.rglob("*.py")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            for identity in _CITATION.findall(line):
                cited.setdefault(identity, []).append(f"{file.as_posix()}:{number}")
    return cited
