"""A run on the console: the verdict first, then what is in the way, then the tables, then where the report lies."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report import view
from harness.report.characters import one_line
from harness.report.page import UNWRAPPED, Page
from harness.report.paper import console_on
from harness.run import Run, StepRecord, SurvivalRow
from harness.verdict import Result

_WIDE = 120
_STYLES = {
    "go": "bold green",
    "pass": "green",
    "ok": "green",
    "no-go": "bold red",
    "fail": "bold red",
    "failed": "bold red",
    "error": "bold red",
    "inconclusive": "bold yellow",
    "unknown": "yellow",
    "warning": "yellow",
    "not-run": "dim",
    "skipped": "dim",
    "note": "dim",
}


def text(run: Run, page: Page) -> str:
    """The whole report as text; `page.quiet` keeps the verdict and the path."""
    sheet = _Sheet.of(page)
    sheet.line(Text(view.headline(run), style=_STYLES[run.verdict]))
    if not page.quiet:
        sheet.line(Text(" · ".join(view.facts(run)), style="dim" if page.color else ""))
        for part in (_in_the_way, _claims, _window, _survival, _rates, _findings):
            part(run, sheet)
        sheet.line(Text())
    if page.where:
        sheet.line(Text(page.where if page.quiet else f"Report: {page.where}"))
    return sheet.told()


def tell(run: Run, stream: TextIO, page: Page) -> None:
    """Write the report to a stream; characters its encoding lacks are replaced."""
    whole = text(run, page)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with suppress(LookupError):
        whole = whole.encode(encoding, "replace").decode(encoding)
    stream.write(whole)
    stream.flush()


@dataclass(frozen=True, slots=True)
class _Sheet:
    console: Console
    paper: io.StringIO
    width: int

    @classmethod
    def of(cls, page: Page) -> _Sheet:
        console, paper = console_on(page)
        return cls(console, paper, page.width)

    @property
    def is_wide(self) -> bool:
        """Room for the columns that explain rather than decide."""
        return self.width >= _WIDE

    def line(self, words: Text) -> None:
        """One line, wrapped by the terminal only between words."""
        self.console.print(words, soft_wrap=self.width == UNWRAPPED)

    def section(self, title: str, words: str = "") -> None:
        """A heading after a blank line."""
        self.line(Text())
        self.line(Text.assemble((title, "bold"), f": {words}" if words else ""))

    def table(self, columns: Iterable[str], rows: Iterable[Iterable[str | Text | int]]) -> None:
        """Columns under their names; numbers stand right."""
        listed = [[cell if isinstance(cell, (Text, int)) else Text(cell) for cell in row] for row in rows]
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
        table.add_column("", width=1)
        names = list(columns)
        for place, name in enumerate(names):
            right = bool(listed) and isinstance(listed[0][place], int)
            table.add_column(
                name,
                justify="right" if right else "left",
                overflow="fold",
                no_wrap=place < len(names) - 1 and not right,
            )
        for row in listed:
            table.add_row("", *(str(cell) if isinstance(cell, int) else cell for cell in row))
        self.console.print(table)

    def told(self) -> str:
        """What was written, without blanks at line ends."""
        return "".join(f"{line.rstrip()}\n" for line in self.paper.getvalue().splitlines())


def _result(word: str) -> Text:
    return Text(word, style=_STYLES.get(word, ""))


def _in_the_way(run: Run, sheet: _Sheet) -> None:
    found = view.in_the_way(run)
    if found:
        sheet.section("In the way")
        rows = [(name, _result(claim.result), _said(claim.title, claim.why)) for name, claim in found]
        sheet.table(("claim", "result", "why"), rows)


def _said(title: str, why: str) -> str:
    return f"{one_line(title)}: {one_line(why)}" if title else one_line(why)


def _claims(run: Run, sheet: _Sheet) -> None:
    results = [claim.result for claim in run.claims.values()]
    told = ", ".join(f"{results.count(each)} {each}" for each in Result if each in results)
    sheet.section("Claims", told or "none")
    if not run.claims:
        return
    columns = ["claim", "result", "why"]
    rows: list[list[str | Text | int]] = []
    for name, claim in run.claims.items():
        why = _said(claim.title, claim.why) if sheet.is_wide else one_line(claim.why)
        rows.append([name, _result(claim.result), why])
        if sheet.is_wide and sheet.width < UNWRAPPED:
            rows[-1].append(Text(one_line(", ".join(claim.checks)), style="dim"))
    sheet.table(columns if not rows or len(rows[0]) == len(columns) else [*columns, "checks"], rows)


def _window(run: Run, sheet: _Sheet) -> None:
    sheet.section("Window", view.window_line(run.window))
    if run.window.steps:
        sheet.table(("outcome", "measured", "declared", "what"), [_step(step) for step in run.window.steps])


def _step(step: StepRecord) -> tuple[Text, str, str, str]:
    notes = view.step_notes(step)
    title = one_line(step.title) + (f" [{', '.join(notes)}]" if notes else "")
    return _result(step.outcome), view.duration(step.duration_s), view.duration(step.declared_s), title


def _survival(run: Run, sheet: _Sheet) -> None:
    for moment, rows in view.by_moment(run.survival).items():
        wrong = sum(not view.holds(row) for row in rows)
        sheet.section(f"Readable {moment}", f"{wrong} rows differ" if wrong else "as expected")
        columns = ("artifact", "made under", "count", "readable", "must be", "refused as")
        sheet.table(columns, [_survivors(row) for row in rows])


def _survivors(row: SurvivalRow) -> tuple[str | Text | int, ...]:
    causes = Text(view.refused_as(row))
    if not view.holds(row):
        causes = Text.assemble(("WRONG ", _STYLES["fail"]), causes)
    return row.artifact, one_line(row.era), row.count, row.readable, row.expected, causes


def _rates(run: Run, sheet: _Sheet) -> None:
    moments, causes = view.rates(run)
    if moments:
        sheet.section("Refusals by cause")
        columns = ("cause", *(one_line(moment) for moment in moments))
        sheet.table(columns, [(one_line(cause), *counts) for cause, counts in causes.items()])


def _findings(run: Run, sheet: _Sheet) -> None:
    sheet.section("Findings", "" if run.findings else "none")
    rows = []
    for finding in view.sorted_findings(run.findings):
        where = f"{one_line(finding.file)}:{finding.line}"
        said = f"{where} {one_line(finding.message)}\nnext: {one_line(finding.next)}"
        rows.append((_result(finding.level), one_line(finding.claim), said))
    if rows:
        sheet.table(("level", "claim", "where, what, and what next"), rows)
