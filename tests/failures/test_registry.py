"""The fifty that were agreed on: each once, with words for people, claims that exist, and detectors that exist."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness import catalogue
from harness.catalogue import failure_modes
from harness.claims import CLAIMS
from harness.doctor.table import BY_ID
from harness.failures import EXEMPT, ByCheck, ByRule, Exempt, Mode
from harness.failures.described import AGREED
from harness.judge import table

EVERY: tuple[Mode | Exempt, ...] = (*failure_modes().values(), *EXEMPT)
_ENOUGH = 40


def test_every_agreed_mode_is_reproduced_or_exempt_and_none_is_both() -> None:
    assert sorted(each.id for each in EVERY) == list(AGREED)
    assert len(AGREED) == len(set(AGREED)) == 50
    assert len(failure_modes()) >= _ENOUGH


@pytest.mark.parametrize("mode", EVERY, ids=lambda each: each.id)
def test_a_mode_says_all_that_an_operator_asks(mode: Mode | Exempt) -> None:
    for words in (mode.title, mode.symptom, mode.cause, mode.detect, mode.remedy):
        assert len(words) > 5
        assert "  " not in words
    assert mode.claims
    assert set(mode.claims) <= set(CLAIMS)


@pytest.mark.parametrize("mode", failure_modes().values(), ids=lambda each: each.id)
def test_what_finds_a_mode_exists_and_a_rule_knows_that_it_does(mode: Mode) -> None:
    assert mode.detectors
    for detector in mode.detectors:
        if isinstance(detector, ByCheck):
            assert detector.id in table()
        if isinstance(detector, ByRule):
            assert mode.id in BY_ID[detector.id].modes
    assert mode.command == f"sombra-rehearsal failures run {mode.id}"
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", report) for report in mode.reports)


def test_every_mode_that_the_doctor_names_is_one_of_the_fifty() -> None:
    assert {mode for row in BY_ID.values() for mode in row.modes} <= set(AGREED)


def test_an_exemption_gives_its_reason_and_the_work_that_ends_it() -> None:
    assert all(each.reason and each.issue for each in EXEMPT)


def test_two_modes_of_one_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from scenarios.failure_modes import cloud_kms, keys  # noqa: PLC0415  only here is one of them changed

    monkeypatch.setattr(cloud_kms, "key_elsewhere", keys.old_key_dropped)
    assert "F02" in catalogue.failure_modes()

    monkeypatch.setattr(cloud_kms, "key_elsewhere", replace(keys.old_key_dropped))

    with pytest.raises(ValueError, match="two failure modes are called F02"):
        catalogue.failure_modes()
