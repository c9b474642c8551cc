"""A run over mutants on the console: the verdict first, then each mutant with the check that killed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from harness.mutants.mutant import Mutant
from harness.mutants.score import Score
from harness.mutants.trial import Fate, Trial
from harness.report.characters import one_line
from harness.report.page import Page
from harness.report.paper import table, written

_WHY: Final = 120
_STYLES: Final = {Fate.KILLED: "green", Fate.SURVIVED: "bold red", Fate.INCONCLUSIVE: "bold yellow"}


def text(score: Score, page: Page, *, checks: Sequence[str] = ()) -> str:
    """The whole report; `checks` are those that had to kill something, none when only some mutants ran."""
    parts: list[Text | Table] = [Text(headline(score), style="bold")]
    if not page.quiet:
        parts.append(table(("result", "mutant", "breaks", "killed by", "what is wrong"), _rows(score)))
        if toothless := score.toothless(checks):
            parts.append(Text(f"Checks that killed nothing: {', '.join(toothless)}", style="bold yellow"))
    return written(parts, page)


def listed(mutants: Iterable[Mutant], page: Page) -> str:
    """Every mutant, tried or not."""
    rows = ((each.id, each.family, " ".join(each.claims), ", ".join(each.checks), each.title) for each in mutants)
    return written([table(("mutant", "family", "breaks", "must be killed by", "what is wrong"), rows)], page)


def headline(score: Score) -> str:
    """The verdict in one line."""
    counts = score.counts
    told = f"{counts['killed']} of {counts['planned']} wrong Sombras killed"
    if not score.is_control_green:
        return f"Nothing can be said: Sombra as it is is no GO ({one_line(score.control.why)})."
    if score.survivors:
        return f"{told}; survived: {', '.join(score.survivors)}. Strengthen the checks they name."
    if counts["executed"] != counts["planned"]:
        return f"{told}; {counts['planned'] - counts['executed']} could not be tried to the end. Look at each below."
    return f"{told}, each by a check of its own; Sombra as it is is a GO."


def _rows(score: Score) -> Iterable[tuple[Text | str, ...]]:
    for trial in score.trials:
        mutant = score.mutants[trial.id]
        yield Text(trial.fate, style=_STYLES[trial.fate]), mutant.id, " ".join(mutant.claims), _by(trial), mutant.title


def _by(trial: Trial) -> str:
    return ", ".join(trial.killed_by) if trial.fate is Fate.KILLED else one_line(trial.why)[:_WHY]
