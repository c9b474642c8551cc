"""Runs at the edge of what can be: nothing was executed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.run import Config, Run, Window
from harness.verdict import Outcome
from tests.unit.harness.report.sample import go_run


@pytest.fixture
def empty_run() -> Run:
    """An inconclusive run that did nothing at all."""
    return replace(
        go_run(),
        verdict=Outcome.INCONCLUSIVE,
        reason="No check was executed.",
        config=Config(go_run().config.digest, {}, {}, {}),
        window=Window(7200, 0, 0, ()),
        checks=(),
        claims={},
        survival=(),
        findings=(),
        checks_planned=3,
        error_rates={},
        worlds=(),
    )
