"""The whole conformance table, in the order in which it is shown."""

from __future__ import annotations

from typing import Final

from harness.conformance import (
    blob_rows,
    fault_rows,
    grant_rows,
    material_rows,
    naming_rows,
    parameter_rows,
    permission_rows,
    policy_rows,
    signature_rows,
    state_rows,
)
from harness.conformance.row import Row

ROWS: Final[tuple[Row, ...]] = (
    *parameter_rows.ROWS,
    *naming_rows.ROWS,
    *state_rows.ROWS,
    *permission_rows.ROWS,
    *policy_rows.ROWS,
    *grant_rows.ROWS,
    *blob_rows.ROWS,
    *material_rows.ROWS,
    *signature_rows.ROWS,
    *fault_rows.ROWS,
)
