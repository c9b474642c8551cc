"""How rich writes for a page: plain where nobody looks, wrapped to the width where a person does."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from harness.report.page import UNWRAPPED, Page


def console_on(page: Page) -> tuple[Console, io.StringIO]:
    """A console that writes into memory as the page wants it, and the memory."""
    paper = io.StringIO()
    console = Console(
        file=paper,
        width=page.width,
        force_terminal=page.color,
        color_system="standard" if page.color else None,
        no_color=not page.color,
        force_jupyter=False,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    return console, paper


def written(parts: Iterable[RenderableType], page: Page) -> str:
    """Parts one below the other, without blanks at the ends of lines."""
    console, paper = console_on(page)
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text) and page.width == UNWRAPPED)
    return "".join(f"{line.rstrip()}\n" for line in paper.getvalue().splitlines())


def table(columns: Iterable[str], rows: Iterable[Iterable[Text | str]]) -> Table:
    """Columns under dim names, nothing cut off."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in columns:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made
