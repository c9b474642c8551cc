"""moto without our rules deviates exactly as its ledger says, in the rows that matter most among others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from moto.kms.utils import generate_private_key

from harness.conformance import ROWS, Outcome, Row, Verdict, tried
from harness.targets.trial import Bare, moto_alone
from tests.conformance.kms.ledgers import check, ledger_of


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bare]:
    """A fresh one a test, so that it never overlaps with another fixture's; its needless RSA keys are made once."""
    monkeypatch.setattr("moto.kms.models.generate_private_key", _private_key)
    with moto_alone() as subject:
        yield subject


_private_key = cache(generate_private_key)


def _trial(row: Row, subject: Bare) -> Outcome:
    (outcome,) = tried([row], subject)
    return outcome


@pytest.mark.gate
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id.replace(" ", "_"))
def test_moto_deviates_as_its_ledger_says(row: Row, moto: Bare) -> None:
    check(_trial(row, moto), ledger_of(moto.name))


@pytest.mark.parametrize(
    "trap",
    [
        "Decrypt: key Disabled",
        "Decrypt: key PendingDeletion",
        "Decrypt: kms:Decrypt denied",
        "Decrypt: another key named",
        "Decrypt: another context: a letter moved from name to value",
        "Decrypt: a multi-Region key",
        "Decrypt: DryRun",
    ],
)
def test_what_the_strict_front_is_for_is_wrong_in_moto_alone(trap: str, moto: Bare) -> None:
    row = next(row for row in ROWS if row.id == trap)

    assert _trial(row, moto).verdict is Verdict.DIFFERS
