"""The console report: the verdict first, no colour codes without a terminal, readable narrow and wide."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TextIO

import pytest

from harness.report import console
from harness.report.page import UNWRAPPED, Page, page_for
from harness.run import Run
from tests.unit.harness.report.sample import go_run, no_go_run


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "80"}


@pytest.mark.parametrize("run", [go_run(), no_go_run()], ids=["go", "no-go"])
def test_the_first_line_is_the_verdict_and_what_to_do(run: Run) -> None:
    first = console.text(run, Page()).splitlines()[0]

    assert first.startswith(("GO: Proceed as rehearsed. ", "NO-GO: Do not cut over. "))
    assert first.endswith(run.reason)


def test_what_failed_comes_before_the_tables_and_says_why() -> None:
    told = console.text(no_go_run(), Page())
    order = ["In the way", "Claims:", "Window:", "Readable before-cutover", "Refusals by cause", "Findings"]

    assert sorted(order, key=told.index) == order
    way = told[told.index("In the way") : told.index("Claims:")]
    assert "G-11   fail" in way
    assert "27 of 27 nonces were refused: signature_invalid" in way
    assert "G-07   unknown" in way
    assert "G-03" not in way


def test_a_row_that_differs_from_what_must_be_is_marked() -> None:
    told = console.text(no_go_run(), Page())

    assert "Readable after-cutover: as expected" in told
    assert "Readable after-rollback: 2 rows differ" in told
    assert "WRONG signature_invalid 96" in told


def test_a_readable_artifact_that_must_not_be_is_wrong_too() -> None:
    rows = tuple(
        replace(row, readable=row.count) if row.moment == "after-cutover" else row for row in go_run().survival
    )

    assert "Readable after-cutover: 3 rows differ" in console.text(replace(go_run(), survival=rows), Page())


def test_the_window_shows_measured_declared_and_the_point_of_no_return() -> None:
    told = console.text(no_go_run(), Page())

    assert "measured 1.3 s + declared 2 h 17 min" in told
    assert "over budget by 17 min" in told
    assert "Drop the old signing key [point of no return]" in told
    assert "Approve or cancel what is in flight [outside the window]" in told


def test_quiet_keeps_the_verdict_and_the_path() -> None:
    told = console.text(go_run(), Page(quiet=True, where="runs/guide/x/report.html"))

    assert told.splitlines() == [f"GO: Proceed as rehearsed. {go_run().reason}", "runs/guide/x/report.html"]


def test_the_report_is_named_last() -> None:
    told = console.text(go_run(), Page(where="runs/guide/x/report.html"))

    assert told.splitlines()[-1] == "Report: runs/guide/x/report.html"


@pytest.mark.parametrize("width", [50, 80, 132, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = console.text(no_go_run(), Page(width=width)).splitlines()

    assert max(len(line) for line in lines) <= width


def test_without_a_terminal_each_row_is_one_line_without_colour() -> None:
    stream = io.StringIO()

    console.tell(no_go_run(), stream, page_for(stream, {"COLUMNS": "40", "FORCE_COLOR": "1"}))

    assert "\x1b" not in stream.getvalue()
    row = next(line for line in stream.getvalue().splitlines() if line.startswith("   G-03"))
    assert row.endswith("all 96 Local-era files were refused as wrong_provider")


def test_a_terminal_gets_colour_and_its_width() -> None:
    stream = Terminal()

    page = page_for(stream, TERMINAL)
    console.tell(no_go_run(), stream, page)

    assert page.width == 80
    assert "\x1b[1;31mNO-GO" in stream.getvalue()


@pytest.mark.parametrize(
    ("environ", "no_color"),
    [
        ({**TERMINAL, "NO_COLOR": "1"}, False),
        ({**TERMINAL, "CI": "true"}, False),
        ({**TERMINAL, "TERM": "dumb"}, False),
        (TERMINAL, True),
    ],
    ids=["NO_COLOR", "CI", "dumb", "--no-color"],
)
def test_colour_is_left_out_when_asked(environ: dict[str, str], no_color: bool) -> None:  # noqa: FBT001 - a parameter
    stream = Terminal()

    console.tell(no_go_run(), stream, page_for(stream, environ, no_color=no_color))

    assert "\x1b" not in stream.getvalue()
    assert "NO-GO: Do not cut over." in stream.getvalue()


def test_ci_reads_unwrapped_lines() -> None:
    assert page_for(Terminal(), {**TERMINAL, "CI": "true"}).width == UNWRAPPED


def test_an_encoding_that_lacks_a_character_gets_another() -> None:
    raw = io.BytesIO()
    stream: TextIO = io.TextIOWrapper(raw, encoding="ascii")

    console.tell(go_run(), stream, page_for(stream, {}))

    assert b"scenario guide ? target process" in raw.getvalue()


def test_an_empty_run_says_so(empty_run: Run) -> None:
    told = console.text(empty_run, Page())

    assert told.startswith("INCONCLUSIVE: Do not cut over yet. No check was executed.")
    assert "Claims: none" in told
    assert "0 of 3 checks passed, 3 not executed" in told
