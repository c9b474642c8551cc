"""Rows that need the front's own seams, beyond the table that any KMS can be held against (`harness.conformance`)."""

from __future__ import annotations

from typing import Final

from tests.conformance.kms import policy_rows
from tests.conformance.kms.row import Row

ROWS: Final[list[Row]] = [*policy_rows.ROWS]
