"""The conformance table as a page: rows against KMSes, from the rows and the ledgers alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.conformance.ledger import Ledger
from harness.conformance.row import Row
from harness.conformance.trial import expectation

_INTRODUCTION = """\
# How KMSes differ from AWS

Written by `sombra-rehearsal kms conform --matrix`; do not edit. Each row is one call and what AWS KMS answers to it.
Marks: S recorded from AWS, M its service model, D its documentation, I a public issue, U not established, our choice.
The strict columns hold through both doors; LocalStack 4.10.0 runs in host mode, 2026.3.0 in a container.

Cells: empty, as AWS does; *words*, the right code with other words; *open*, otherwise, but nobody knows what AWS does;
*n/e*, no call brings the row about there (counted, never passed); anything else is what it does instead.
"""


def page(rows: Sequence[Row], ledgers: Sequence[Ledger]) -> str:
    """The page as Markdown, ledgers in the order given."""
    names = [ledger.kms for ledger in ledgers]
    lines = [_INTRODUCTION, "## Counts", "", _line(("KMS", "rows", "as AWS", "words", "otherwise", "open", "n/e"))]
    lines.append(_rule(7))
    lines += [_line((ledger.kms, *map(str, _counts(rows, ledger)))) for ledger in ledgers]
    lines += ["", "## Rows", "", _line(("row", "mark", "AWS", *names)), _rule(3 + len(names))]
    lines += [_line((row.id, row.mark, expectation(row), *(cell(row, ledger) for ledger in ledgers))) for row in rows]
    lines += ["", "## Why a row is not expressible", ""]
    lines += [f"- {ledger.kms}: {reason}." for ledger in ledgers for reason in _reasons(ledger)]
    return "\n".join(lines) + "\n"


def cell(row: Row, ledger: Ledger) -> str:
    """What one KMS does with one row, in a few words."""
    if row.id in ledger.not_expressible:
        return "n/e"
    did = ledger.deviations.get(row.id)
    if did is None:
        return ""
    if row.mark == "U":
        return "open"
    if row.code is not None and did.startswith(f"{row.code}: "):
        return "words"
    return did.partition(": ")[0] if row.code is not None else did[:60]


def _counts(rows: Sequence[Row], ledger: Ledger) -> tuple[int, ...]:
    cells = [cell(row, ledger) for row in rows]
    named = [cells.count(each) for each in ("", "words", "open", "n/e")]
    return len(cells), named[0], named[1], len(cells) - sum(named), named[2], named[3]


def _reasons(ledger: Ledger) -> list[str]:
    return sorted(set(ledger.not_expressible.values()))


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
