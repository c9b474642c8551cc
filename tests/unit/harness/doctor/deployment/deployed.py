"""Deployments written to a folder, and what the doctor makes of them; the tests of this folder share it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.doctor.command import Report, diagnose
from harness.doctor.documents import READERS
from harness.doctor.effective import Effective, NotInTheFiles
from harness.doctor.inputs import Inputs, Reading, read_all


def given(folder: Path, flag: str, *texts: str, suffix: str = ".yaml") -> Inputs:
    """These texts as files of one flag, in their order."""
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"{number}{suffix}"
        path.write_text(text, "utf-8")
        paths.append(str(path))
    return Inputs(documents={flag: tuple(paths)})


def report(folder: Path, flag: str, *texts: str, suffix: str = ".yaml") -> Report:
    """Everything the doctor says."""
    return diagnose(given(folder, flag, *texts, suffix=suffix))


def told(folder: Path, flag: str, *texts: str, suffix: str = ".yaml") -> set[str]:
    """The ids of all findings."""
    return {finding.id for finding in report(folder, flag, *texts, suffix=suffix).findings}


def gateway(folder: Path, flag: str, *texts: str, suffix: str = ".yaml") -> Effective:
    """The effective environment of the first gateway."""
    reading: Reading = read_all(given(folder, flag, *texts, suffix=suffix), READERS)
    assert not reading.unusable
    found = reading.first("after")
    assert isinstance(found, Effective)
    return found


def known(environment: Effective) -> Mapping[str, str | None]:
    """Values by name; None for what is not in the files."""
    return {name: _peek(environment, name) for name in environment.settings}


def _peek(environment: Effective, name: str) -> str | None:
    try:
        return environment.variables[name]
    except NotInTheFiles:
        return None
