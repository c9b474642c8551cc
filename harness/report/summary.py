"""A run as Markdown for a CI job's summary page, cut to the size the page takes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from harness.report import view
from harness.report.characters import one_line
from harness.run import Run

BUDGET = 900 * 1024  # bytes; GITHUB_STEP_SUMMARY takes 1 MiB a step

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|~@:$^])")
_NOTICE = "\n_Cut here: the page takes no more. The whole report is in report.html and run.json._\n"


def summary(run: Run, *, where: str = "", budget: int = BUDGET) -> str:
    """Verdict, what is in the way, claims, window, survival, findings; at most `budget` bytes of UTF-8."""
    room = budget - len(_NOTICE.encode())
    kept: list[str] = []
    for line in _lines(run, where):
        room -= len(line.encode()) + 1
        if room < 0:
            return "".join(kept) + _NOTICE
        kept.append(f"{line}\n")
    return "".join(kept)


def _lines(run: Run, where: str) -> Iterator[str]:
    yield f"## {view.MARKS[run.verdict]} {_plain(view.headline(run))}"
    yield from ("", _plain(" · ".join(view.facts(run))))
    if where:
        yield from ("", f"Report: {_plain(where)}")
    found = view.in_the_way(run)
    if found:
        yield from ("", "### In the way", "")
        rows = ((name, _mark(each.result), each.title, each.why) for name, each in found)
        yield from _table(("claim", "result", "what", "why"), rows)
    yield from ("", "### Findings" if run.findings else "No findings in the files.", "")
    for finding in view.sorted_findings(run.findings):
        place = f"{finding.file}:{finding.line}"
        yield f"- **{finding.level}** {_plain(finding.claim)} {_plain(place)}: {_plain(finding.message)}"
        yield f"  Next: {_plain(finding.next)}"
    yield from ("", "### Claims", "")
    claims = ((name, _mark(each.result), each.title, each.why) for name, each in run.claims.items())
    yield from _table(("claim", "result", "what", "why"), claims)
    yield from _window(run)
    for moment, survivors in view.by_moment(run.survival).items():
        yield from ("", f"### Readable {_plain(moment)}", "")
        yield from _table(
            ("artifact", "made under", "count", "readable", "must be", "", "refused as"),
            (
                (
                    *(each.artifact, each.era, str(each.count), str(each.readable), str(each.expected)),
                    "as expected" if view.holds(each) else "✗ differs",
                    view.refused_as(each),
                )
                for each in survivors
            ),
        )


def _window(run: Run) -> Iterator[str]:
    yield from ("", "### Window", "", _plain(view.window_line(run.window)), "")
    steps = (
        (
            _mark(step.outcome),
            view.duration(step.duration_s),
            view.duration(step.declared_s),
            step.title,
            ", ".join(view.step_notes(step)),
        )
        for step in run.window.steps
    )
    yield from _table(("outcome", "measured", "declared", "step", ""), steps)


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(columns)
    yield _row(names)
    yield f"|{' --- |' * len(names)}"
    for row in rows:
        yield _row(row)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _mark(result: str) -> str:
    return f"{view.MARKS[result]} {result}"


def _plain(text: str) -> str:
    """Text that Markdown and HTML take as text."""
    return _SPECIAL.sub(r"\\\1", html.escape(one_line(text), quote=False))
