"""LocalStack deviates as its ledger says; behind the strict front nothing of it shows."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from harness.conformance import ROWS, Outcome, Row, Verdict, tried
from harness.conformance.subject import Subject
from harness.targets.localstack import LocalStack
from harness.targets.trial import on_trial
from harness.targets.trial.opening import bare_localstack, strict_over
from tests.conformance.kms.ledgers import check, ledger_of

pytestmark = pytest.mark.gate

_CONTRACT = os.environ.get("KMS_CONTRACT_ENDPOINT", "")


@pytest.fixture(scope="module")
def alone(localstack: LocalStack) -> Iterator[Subject]:
    """As it is."""
    subject = bare_localstack(localstack)
    yield subject
    subject.close()


@pytest.fixture(scope="module")
def strict(localstack: LocalStack) -> Iterator[Subject]:
    """Behind the front."""
    subject = strict_over(localstack.url, "localstack")
    yield subject
    subject.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Subject]:
    """Whatever KMS_CONTRACT_ENDPOINT names: a container, or `aws` with the account of the usual credentials."""
    if not _CONTRACT:
        pytest.skip("KMS_CONTRACT_ENDPOINT names no KMS")
    with on_trial(_CONTRACT, is_real_account=True) as subject:
        yield subject


def _trial(row: Row, subject: Subject) -> Outcome:
    (outcome,) = tried([row], subject)
    return outcome


def _name(row: Row) -> str:
    return row.id.replace(" ", "_")


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_localstack_deviates_as_its_ledger_says(row: Row, alone: Subject) -> None:
    check(_trial(row, alone), ledger_of(alone.name))


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_the_strict_front_over_localstack_does_as_aws_does(row: Row, strict: Subject) -> None:
    check(_trial(row, strict), ledger_of(strict.name))


@pytest.mark.parametrize("row", ROWS if _CONTRACT else ROWS[:1], ids=_name)
def test_the_named_endpoint_does_as_its_ledger_says(row: Row, elsewhere: Subject) -> None:
    outcome = _trial(row, elsewhere)

    if elsewhere.name == "aws":
        assert outcome.verdict is not Verdict.DIFFERS, outcome.did
    else:
        check(outcome, ledger_of(elsewhere.name))


@pytest.mark.skipif(not _CONTRACT.startswith("http"), reason="KMS_CONTRACT_ENDPOINT names no address")
def test_the_strict_front_over_the_named_endpoint_has_no_deviation() -> None:
    with on_trial(_CONTRACT, is_strict=True) as subject:
        found = [outcome for outcome in tried(ROWS, subject) if outcome.verdict is not Verdict.SAME]

    assert {outcome.verdict for outcome in found} == {Verdict.NOT_EXPRESSIBLE}
