"""Ledgers notice what changes either way, and the published page is what they and the rows say."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.conformance import ROWS, Outcome, Verdict
from harness.conformance.ledger import Ledger, LedgerError
from harness.conformance.matrix import page
from tests.conformance.kms.ledgers import FOLDER, SHOWN, ledger_of

_PAGE = Path(__file__).parents[3] / "docs" / "kms-conformance.md"
_ROW = ROWS[0]


def test_the_published_page_is_what_the_rows_and_the_ledgers_say() -> None:
    assert _PAGE.read_text("utf-8") == page(ROWS, [ledger_of(name) for name in SHOWN])


def test_every_ledger_is_shown() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_a_ledger_holds_rows_of_the_table_alone(name: str) -> None:
    ledger = ledger_of(name)

    assert ledger.kms == name
    assert {*ledger.deviations, *ledger.not_expressible} <= {row.id for row in ROWS}


@pytest.mark.parametrize("name", ["moto+strict", "localstack+strict"])
def test_the_strict_front_has_no_deviation(name: str) -> None:
    ledger = ledger_of(name)

    assert ledger.deviations == {}
    assert ledger.not_expressible == {}


@pytest.mark.parametrize(
    ("known", "verdict", "did", "complains"),
    [
        ({}, Verdict.SAME, "succeeds", False),
        ({}, Verdict.DIFFERS, "Oops", True),
        ({_ROW.id: "Oops"}, Verdict.DIFFERS, "Oops", False),
        ({_ROW.id: "Oops"}, Verdict.DIFFERS, "Another", True),
        ({_ROW.id: "Oops"}, Verdict.SAME, "succeeds", True),
        ({}, Verdict.NOT_EXPRESSIBLE, "no way", True),
        ({}, Verdict.UNKNOWN, "gone", True),
    ],
)
def test_a_ledger_is_strict_both_ways(known: dict[str, str], verdict: Verdict, did: str, *, complains: bool) -> None:
    ledger = Ledger("some", known, {})

    assert (ledger.complaint(Outcome(_ROW, verdict, did)) is not None) is complains


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    outcomes = [Outcome(ROWS[0], Verdict.DIFFERS, "Oops: é"), Outcome(ROWS[1], Verdict.NOT_EXPRESSIBLE, "no way")]
    written = Ledger.of("some", outcomes)
    (tmp_path / "some.json").write_text(written.text(), "utf-8")

    assert Ledger.read(tmp_path / "some.json") == written
    assert [written.complaint(each) for each in outcomes] == [None, None]


def test_a_trial_that_could_not_be_evaluated_makes_no_ledger() -> None:
    with pytest.raises(LedgerError, match="every row"):
        Ledger.of("some", [Outcome(_ROW, Verdict.UNKNOWN, "gone")])


@pytest.mark.parametrize("content", ["not JSON", "[]", '{"kms": "some"}'])
def test_what_is_no_ledger_is_refused_in_words(content: str, tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text(content, "utf-8")

    with pytest.raises(LedgerError, match="is no ledger"):
        Ledger.read(path)


_ABOUT = (
    "key Disabled",
    "key PendingDeletion",
    "denied",
    "denies",
    "delegates",
    "revoked",
    "within a second",
    "wrong secret",
    "expired",
    "while it fails",
)
_FAULTY = [row for row in ROWS if row.code is not None and any(text in row.name for text in _ABOUT)]


def test_moto_passes_no_refusal_about_states_policies_and_faults() -> None:
    ledger = ledger_of("moto-5.2.5")

    passed = {row.id for row in _FAULTY} - {*ledger.deviations, *ledger.not_expressible}

    assert len(_FAULTY) > 80
    assert passed == set()
