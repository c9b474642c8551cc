"""Which formats a run is rendered in, and which files are kept beside its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from harness.history import History
from harness.report import console
from harness.report.document import dump
from harness.report.hypertext import html
from harness.report.junit import junit
from harness.report.page import Page
from harness.report.sarif import sarif
from harness.report.summary import summary
from harness.run import Run

Renderer = Callable[[Run, Page], str]

RENDERERS: Mapping[str, Renderer] = MappingProxyType(
    {
        "text": console.text,
        "json": lambda run, page: dump(run),
        "junit": lambda run, page: junit(run),
        "sarif": lambda run, page: sarif(run),
        "summary": lambda run, page: summary(run, where=page.where),
    }
)


def kept_files(run: Run, history: History) -> dict[str, str]:
    """Name and text of every file a run is stored as, in the order they are written."""
    return {"run.json": dump(run), "junit.xml": junit(run), "report.html": html(run, history)}
