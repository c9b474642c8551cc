"""A trial on the console: the verdict first, then every row that is not as AWS has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from harness.conformance.trial import Outcome, Verdict, expectation
from harness.report.characters import one_line
from harness.report.page import Page
from harness.report.paper import written

_STYLES: Final = {
    Verdict.SAME: "green",
    Verdict.DIFFERS: "bold red",
    Verdict.OPEN: "yellow",
    Verdict.NOT_EXPRESSIBLE: "dim",
    Verdict.UNKNOWN: "bold yellow",
}


def text(name: str, outcomes: Sequence[Outcome], page: Page, *, is_complete: bool = False) -> str:
    """The whole report; without `is_complete`, rows that are as AWS has them are only counted."""
    shown = [each for each in outcomes if is_complete or each.verdict not in {Verdict.SAME, Verdict.UNKNOWN}]
    tables = [_table(shown)] if shown and not page.quiet else []
    return written([Text(headline(name, outcomes), style="bold"), *tables], page)


def headline(name: str, outcomes: Sequence[Outcome]) -> str:
    """The verdict in one line."""
    verdicts = [outcome.verdict for outcome in outcomes]
    counted = ", ".join(f"{verdicts.count(each)} {each.value}" for each in Verdict if each in verdicts)
    reasons = [outcome.did for outcome in outcomes if outcome.verdict is Verdict.UNKNOWN]
    if Verdict.DIFFERS in verdicts:
        said = "does not do as AWS KMS does"
    elif Verdict.UNKNOWN in verdicts or not verdicts:
        said = "could not be evaluated"
        counted += f" ({one_line(reasons[0])})" if reasons else ""
    else:
        said = "does as AWS KMS does, wherever that is known"
    return f"{one_line(name)} {said}: {len(verdicts)} rows, {counted or 'none tried'}."


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for column in ("result", "mark", "row", "AWS", "what it did"):
        table.add_column(column, overflow="fold")
    for each in outcomes:
        did = "" if each.verdict is Verdict.SAME else one_line(each.did)
        result = Text(each.verdict.value, style=_STYLES[each.verdict])
        table.add_row(result, each.row.mark, one_line(each.row.id), expectation(each.row), did)
    return table
