"""Failure modes on the console: all of them as a table, or what one run showed; never wider than 120 columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from rich.table import Table
from rich.text import Text

from harness.failures.exemptions import Exempt
from harness.failures.mode import Mode
from harness.failures.trial import Fate, Trial
from harness.report.characters import one_line
from harness.report.page import Page
from harness.report.paper import table, written

WIDEST: Final = 120
_STYLES: Final = {Fate.REPRODUCED: "green", Fate.NOT_REPRODUCED: "bold red", Fate.INCONCLUSIVE: "bold yellow"}


def listed(modes: Mapping[str, Mode], exempt: Sequence[Exempt], page: Page) -> str:
    """Every mode with its claims and what finds it; the command is the same for all."""
    rows = [(each.id, each.title, " ".join(each.claims), _meant_to(each)) for each in modes.values()]
    rows += [(each.id, each.title, " ".join(each.claims), f"not yet: {each.reason} ({each.issue})") for each in exempt]
    command = "sombra-rehearsal failures run ID reproduces one of them, failures run --all every one."
    return _written((table(("id", "failure mode", "claims", "found by"), sorted(rows)), Text(command)), page)


def _meant_to(mode: Mode) -> str:
    return ", ".join(map(str, mode.detectors))


def told(trials: Sequence[Trial], exempt: Sequence[Exempt], planned: int, page: Page, *, is_brief: bool) -> str:
    """The verdict in one line, then each trial: in full, or as a row of a table."""
    parts: list[Text | Table] = [Text(headline(trials, planned), style="bold")]
    if not page.quiet:
        if is_brief:
            rows = ((trial.mode.id, _fate(trial), _symptom(trial), _found_by(trial)) for trial in trials)
            parts.append(table(("id", "result", "what was seen", "found by"), rows))
        else:
            parts += [part for trial in trials for part in (Text(), _in_full(trial))]
        parts += [Text(f"{each.id} was not tried: {each.reason} ({each.issue}).") for each in exempt]
    return _written(parts, page)


def headline(trials: Sequence[Trial], planned: int) -> str:
    """What the run established."""
    fates = [trial.fate for trial in trials]
    told = f"{fates.count(Fate.REPRODUCED)} of {planned} failure modes reproduced and detected"
    failed = [trial.mode.id for trial in trials if trial.fate is Fate.NOT_REPRODUCED]
    if failed:
        return f"{told}; NOT REPRODUCED: {', '.join(failed)}. The reason stands with each."
    if not planned:
        return "No failure mode was tried: those that were named wait for other work."
    if fates.count(Fate.REPRODUCED) != planned:
        return f"{told}; the others could not be tried to the end."
    return f"{told}, none of them without its fault."


def _in_full(trial: Trial) -> Table:
    """One mode: what a person asks, in the order of asking."""
    grid = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(trial.mode.id, style="bold"), Text(trial.mode.title, style="bold"))
    seen = trial.planted.seen
    grid.add_row("symptom", one_line(seen.symptom) if seen else "not seen")
    grid.add_row("cause", one_line(seen.cause) if seen else "–")
    for number, each in enumerate(trial.planted.detections):
        mark = "found by" if each.fired else "MISSED BY"
        grid.add_row("" if number else "detection", one_line(f"{mark} {each.by}: {each.why}"))
    grid.add_row("remedy", trial.mode.remedy)
    grid.add_row("result", Text.assemble(_fate(trial), *_why(trial)))
    return grid


def _why(trial: Trial) -> Iterable[str]:
    against = [trial.broke] if trial.broke else list(trial.faults())
    return (f": {one_line('; '.join(against))}",) if against else (" (without its fault: not seen, not found)",)


def _fate(trial: Trial) -> Text:
    return Text(trial.fate.upper(), style=_STYLES[trial.fate])


def _symptom(trial: Trial) -> str:
    if trial.fate is Fate.REPRODUCED and trial.planted.seen:
        return one_line(trial.planted.seen.symptom)
    return one_line(trial.broke or "; ".join(trial.faults()))


def _found_by(trial: Trial) -> str:
    return ", ".join(str(each.by) for each in trial.planted.detections if each.fired)


def _written(parts: Iterable[Text | Table], page: Page) -> str:
    return written(parts, replace(page, width=min(page.width, WIDEST)))
