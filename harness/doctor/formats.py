"""Which formats the doctor's report is told in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from harness.doctor.command import Report
from harness.doctor.junit import as_junit
from harness.doctor.sarif import as_sarif
from harness.doctor.text import as_json, as_text

RENDERERS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {"text": as_text, "json": as_json, "junit": as_junit, "sarif": as_sarif}
)
