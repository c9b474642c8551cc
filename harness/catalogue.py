"""Which scenarios and failure modes ship: what the modules of the package `scenarios` hold."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.runbook import Scenario

if TYPE_CHECKING:
    from harness.failures import Mode

PACKAGE = "scenarios"
FAILURES = f"{PACKAGE}.failure_modes"


def scenarios() -> Mapping[str, Scenario]:
    """Every scenario by name, `guide` first."""
    package = importlib.import_module(PACKAGE)
    found: dict[str, Scenario] = {}
    for module in pkgutil.iter_modules(package.__path__):
        for value in vars(importlib.import_module(f"{PACKAGE}.{module.name}")).values():
            if isinstance(value, Scenario):
                found[value.name] = value
    return dict(sorted(found.items(), key=lambda pair: (pair[0] != "guide", pair[0])))


def scenarios_in(path: Path) -> Iterator[Scenario]:
    """The scenarios that one module of the package defines itself; nothing for a module of another folder."""
    package = importlib.import_module(PACKAGE)
    if path.parent.resolve() not in {Path(each).resolve() for each in package.__path__}:
        return
    module = importlib.import_module(f"{PACKAGE}.{path.stem}")
    for value in vars(module).values():
        if isinstance(value, Scenario) and value.body.__module__ == module.__name__:
            yield value


def failure_modes() -> Mapping[str, Mode]:
    """Every failure mode that can be reproduced, by id, with the fake world it needs; raises ValueError for a twin."""
    from harness.failures import Mode  # noqa: PLC0415  as above: scenarios alone can spare it

    package = importlib.import_module(FAILURES)
    found: dict[str, Mode] = {}
    for module in pkgutil.iter_modules(package.__path__):
        for value in vars(importlib.import_module(f"{FAILURES}.{module.name}")).values():
            if isinstance(value, Mode) and found.setdefault(value.id, value) is not value:
                raise ValueError(f"two failure modes are called {value.id}")
    return dict(sorted(found.items()))
