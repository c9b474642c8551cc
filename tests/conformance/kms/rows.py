"""What AWS KMS answers, as data: every row of the conformance table."""

from __future__ import annotations

from typing import Final

from tests.conformance.kms.access_rows import ACCOUNT_ROWS, DENY_ROWS, IDENTIFIER_ROWS, STATE_ROWS
from tests.conformance.kms.use_rows import BLOB_ROWS, BOUND_ROWS, DRY_ROWS, USAGE_ROWS
from tests.unit.fake_sombra.kms.bench import ALIAS, ARN, KEY_ID

ROWS: Final = [
    *IDENTIFIER_ROWS,
    *ACCOUNT_ROWS,
    *STATE_ROWS,
    *DENY_ROWS,
    *BLOB_ROWS,
    *USAGE_ROWS,
    *BOUND_ROWS,
    *DRY_ROWS,
]

WAYS_TO_NAME_A_KEY: Final = [KEY_ID, ARN, "alias/gateway", ALIAS]
