"""A plan as JSON, for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType

from harness.plan.markdown import as_markdown
from harness.plan.plan import Plan
from harness.plan.text import as_text

SCHEMA = "sombra-rehearsal/plan/1"


def as_json(plan: Plan) -> str:
    """Every part; configurations as fingerprints and shown values only."""
    document = {
        "schema": SCHEMA,
        "deployment": plan.deployment,
        "doctor": {"exit_code": plan.report.exit_code, "digests": dict(plan.report.digests)},
        "difference": asdict(plan.difference),
        "survival": asdict(plan.survival),
        "points_of_no_return": [asdict(each) for each in plan.points],
        "steps": [asdict(each) for each in plan.steps],
    }
    return json.dumps(document, indent=2) + "\n"


RENDERERS: Mapping[str, Callable[[Plan], str]] = MappingProxyType(
    {"text": as_text, "markdown": as_markdown, "json": as_json}
)
