"""A good migration on disk, and its plan, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.doctor.documents import READERS
from harness.doctor.inputs import Inputs, read_all
from harness.plan.plan import Plan, plan_for
from tests.conformance.startup_rows import aws, local, p384

KEYS = "JWT_ECDSA_KEY"


def keys(*names: str) -> str:
    """A key list; the same name is the same key."""
    return ",".join(p384(name) for name in names)


def written(path: Path, variables: Mapping[str, str]) -> str:
    """An env file, by its path."""
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), "utf-8")
    return str(path)


def good(folder: Path, changed: Mapping[str, Mapping[str, str]] | None = None) -> Inputs:
    """The guide's own files, with those of some parts replaced; a rollback file only where one is given."""
    files: dict[str, Mapping[str, str]] = {
        "before": local(),
        "after": aws(AWS_KMS_THROW_PERMISSIONS_ERRORS="true"),
        **(changed or {}),
    }
    paths = {part: written(folder / f"{part}.env", variables) for part, variables in files.items()}
    return Inputs(paths["before"], paths["after"], paths.get("rollback"))


def planned(inputs: Inputs, *, inventory: Mapping[str, int] | None = None, deployment: str | None = None) -> Plan:
    """The plan for these files."""
    return plan_for(inputs, read_all(inputs, READERS), inventory=inventory or {}, deployment=deployment)
