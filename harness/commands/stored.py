"""A stored run, read back from its folder."""

from __future__ import annotations

from pathlib import Path

from harness.commands.usage import UsageError
from harness.history import History
from harness.report.document import DocumentError, load
from harness.run import Run
from harness.store import HISTORY, RUN


def read(folder: Path) -> tuple[Run, History]:
    """The judged run and its history; raises UsageError when the folder holds neither or either is damaged."""
    try:
        return load(folder / RUN), History.read(folder / HISTORY)
    except (OSError, ValueError, DocumentError) as error:
        raise UsageError(f"{folder} is not the folder of a stored run ({error}); name one under runs/") from error
