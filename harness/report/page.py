"""Where a report is read: how wide, in colour or not, and what lies beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from harness.history import History

UNWRAPPED = 10_000
_NARROWEST = 50


@dataclass(frozen=True, slots=True)
class Page:
    """`width` in columns (`UNWRAPPED` without a terminal); `where` is the path of the report a reader may open."""

    width: int = UNWRAPPED
    color: bool = False
    quiet: bool = False
    where: str = ""
    history: History | None = None


def is_terminal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether a person looks at it: a terminal that can move its cursor, and no CI."""
    if environ.get("CI", "").lower() not in {"", "0", "false"} or environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def page_for(
    stream: TextIO,
    environ: Mapping[str, str],
    *,
    no_color: bool = False,
    quiet: bool = False,
    where: str = "",
    history: History | None = None,
) -> Page:
    """The page a stream is; `NO_COLOR` (https://no-color.org), `CI`, `TERM` and `COLUMNS` are honoured."""
    if not is_terminal(stream, environ):
        return Page(quiet=quiet, where=where, history=history)
    color = not no_color and not environ.get("NO_COLOR")
    return Page(max(_width(stream, environ), _NARROWEST), color, quiet, where, history)


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
