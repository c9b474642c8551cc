"""How figures are shown: a table for people, one JSON document for machines."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any

from benchmarks.figures import Figure

_HEADINGS = ("benchmark", "ours", "peer", "ratio", "target", "held", "the peer is")


def table(figures: Sequence[Figure]) -> str:
    """One line a figure, columns as wide as their widest cell."""
    rows = [_HEADINGS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    ruled = [rows[0], tuple("-" * width for width in widths), *rows[1:]]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in ruled)
    return "\n".join(line.rstrip() for line in lines)


def verdict(figures: Sequence[Figure]) -> str:
    """The last line: how many targets were held, and which were missed."""
    missed = [figure.name for figure in figures if not figure.is_held]
    if missed:
        return f"{len(missed)} of {len(figures)} targets missed: {', '.join(missed)}."
    return f"All {len(figures)} targets held."


def machine() -> str:
    """What the figures were measured on, without its name."""
    return f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}"


def document(figures: Sequence[Figure]) -> dict[str, Any]:
    """The whole run, every sample included."""
    return {
        "machine": machine(),
        "held": all(figure.is_held for figure in figures),
        "figures": [figure.to_json() for figure in figures],
    }


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = "–" if figure.ratio is None else f"{figure.ratio:.2f} ×"
    return (
        figure.name,
        _amount(figure.value, figure.unit),
        "–" if figure.peer_value is None else _amount(figure.peer_value, figure.unit),
        ratio,
        figure.target.text(figure.unit),
        "yes" if figure.is_held else "NO",
        figure.peer_name,
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"
