"""What is known to be visible in files has a rule: every such failure mode and claim, by its id."""

from __future__ import annotations

import pytest

from harness.doctor.table import ROWS

# failure-modes.md: the rows whose detection says `Pre`; claims.md: the claims that name the doctor.
VISIBLE_IN_FILES = (
    *("F02", "F05", "F06", "F07", "F10", "F12", "F14", "F15", "F16"),
    *("F19", "F26", "F27", "F28", "F30", "F31", "F32", "F35"),
)
TOLD_BY_THE_DOCTOR = ("G-01", "G-09", "G-12", "G-14", "D-01", "D-02", "D-07", "D-08")


@pytest.mark.parametrize("mode", VISIBLE_IN_FILES)
def test_a_failure_mode_that_files_show_has_a_rule(mode: str) -> None:
    assert [row.id for row in ROWS if row.is_rule and mode in row.modes]


@pytest.mark.parametrize("claim", TOLD_BY_THE_DOCTOR)
def test_a_claim_that_files_show_has_a_rule(claim: str) -> None:
    assert [row.id for row in ROWS if row.is_rule and row.claim == claim]


def test_rules_that_the_work_asks_for_by_name_are_there() -> None:
    """One rule at least for each thing that is asked for; their fixtures show that they bite."""
    asked = {
        "key list": "key-empty key-white-space key-encoded-twice key-wrong-curve key-public key-duplicate key-wrapped",
        "order and retention": "old-key-dropped order-swapped rollback-old-key-dropped rollback-new-key-dropped",
        "four keys": "key-list-too-long fifth-key-forgotten",
        "provider": "provider-hybrid provider-unknown",
        "ARN and region": "arn-malformed region-mismatch arn-is-alias key-store-form kms-key-elsewhere",
        "fleet": "rolling-update autoscaled several-replicas secret-without-checksum probe-shared image-floating",
        "identity": "identity-missing key-in-another-account",
        "two Secrets": "scheduler-keys-differ scheduler-kms-differs placeholder-key",
        "Terraform": "kms-key-destroyed kms-key-replaced use-local-kms-default deletion-window-short policy-wide",
        "IAM": "action-not-allowed action-denied generate-random-scoped encrypt-without-decrypt key-policy-shut",
        "conditions": "condition-on-context condition-via-service condition-on-region",
    }
    known = {row.id for row in ROWS}

    assert {word: set(ids.split()) - known for word, ids in asked.items() if set(ids.split()) - known} == {}
