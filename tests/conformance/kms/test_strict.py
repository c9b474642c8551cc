"""The strict front has no deviation, through either door; the table itself is sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from harness.conformance import ROWS, Row, Verdict, tried
from harness.conformance.row import Step, Switch
from harness.conformance.scene import MAKERS, NAME, texts_in
from harness.targets.trial import Strict
from harness.targets.trial.clients import STRANGER
from harness.targets.trial.strict import ACCOUNT

_PRINCIPALS: Final = {
    "caller": f"arn:aws:iam::{ACCOUNT}:user/caller",
    "stranger": f"arn:aws:iam::{STRANGER}:user/stranger",
}


@pytest.fixture(scope="module")
def over_http() -> Iterator[Strict]:
    """One served front for all rows: each has keys of its own."""
    with Strict.over_http(None, "moto+strict") as subject:
        yield subject


@pytest.fixture(params=["in process", pytest.param("http", marks=pytest.mark.gate)])
def strict(request: pytest.FixtureRequest) -> Iterator[Strict]:
    """The rules over moto, behind each door in turn."""
    if request.param == "in process":
        subject = Strict.over(None, "moto+strict")
    else:
        subject = request.getfixturevalue("over_http")
    yield subject
    subject.close()


def _trial(row: Row, subject: Strict) -> Verdict:
    (outcome,) = tried([row], subject)
    assert outcome.verdict is Verdict.SAME, outcome.did
    return outcome.verdict


@pytest.mark.gate  # `kms conform` is run over all rows in tests/unit/harness/test_kms_conform.py
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id.replace(" ", "_"))
def test_the_strict_front_does_as_aws_does_and_writes_it_down(row: Row, strict: Strict) -> None:
    assert _trial(row, strict) is Verdict.SAME

    entry = strict.kms.journal.since()[-1]
    assert (entry.operation, entry.result) == (row.operation, row.code or "ok")
    if row.by in _PRINCIPALS:
        assert (entry.region, entry.principal) == (row.region, _PRINCIPALS[row.by])
    else:
        assert entry.principal == "anonymous"  # who did not sign is nobody


@pytest.mark.parametrize(
    "name",
    [
        "Encrypt: kms:Encrypt denied",
        "Encrypt: while it fails with KMSInternalException",
        "DisableKey: the 6th within a second",
    ],
)
def test_after_a_row_nothing_stays_denied_broken_or_slow(name: str, strict: Strict) -> None:
    before = next(row for row in ROWS if row.id == name)
    plain = next(row for row in ROWS if row.id == "Encrypt: plain")

    assert [_trial(row, strict) for row in (before, plain)] == [Verdict.SAME, Verdict.SAME]
    assert strict.clock.stopped_at is None


def test_rows_have_different_names() -> None:
    names = [row.id for row in ROWS]

    assert len(names) == len(set(names))
    assert len(names) >= 120


def test_every_name_in_the_table_can_be_filled_in() -> None:
    found = set()
    for row in ROWS:
        kept = {name for each in row.before if isinstance(each, Step) for name in each.keep}
        parts = [*row.parameters.values(), row.message, *(want.value for want in row.answer), *row.also]
        for each in row.before:
            parts += each.parameters.values() if isinstance(each, Step) else [each.key, each.value]
        found |= {name for text in texts_in(parts) for name in NAME.findall(text)} - kept

    assert found <= set(MAKERS)


def test_every_operation_that_is_refused_somewhere_succeeds_somewhere() -> None:
    refused = {row.operation for row in ROWS if row.code is not None}
    works = {row.operation for row in ROWS if row.code is None}
    works |= {each.operation for row in ROWS for each in row.before if isinstance(each, Step)}

    assert refused - works <= {"DeleteCustomKeyStore", "GetParametersForImport"}  # there are no key stores, no imports


@pytest.mark.parametrize(
    ("what", "about"),
    [
        ("another context", "Decrypt"),
        ("multi-Region", "Decrypt"),
        ("DryRun", "ReEncrypt"),
        ("alias repointed", "Decrypt"),
        ("key store", "CreateKey"),
        ("the eleventh time", "RotateKeyOnDemand"),
        ("another account", "Decrypt"),
        ("grant token", "Encrypt"),
        ("its key denies it", "Decrypt"),
        ("delegates to nobody", "Encrypt"),
        ("a grant that was revoked", "Encrypt"),
        ("locks the caller out", "PutKeyPolicy"),
        ("wrong secret", "Encrypt"),
        ("within a second", "UpdateAlias"),
        ("by another account", "Decrypt"),
        ("a bad signature", "Verify"),
        ("a bad one", "VerifyMac"),
    ],
)
def test_the_table_covers_what_emulators_get_wrong(what: str, about: str) -> None:
    assert [row for row in ROWS if what in row.name and row.operation == about]


def test_switches_are_those_that_a_front_has() -> None:
    kinds = {each.what for row in ROWS for each in row.before if isinstance(each, Switch)}

    assert kinds == {"state", "deny", "forget", "quota", "fault"}
