"""Providers, and variables beyond the migration's own, compared over the three files."""

from __future__ import annotations

from harness.doctor import CUTOVER_RULES, FILE_RULES
from tests.conformance.startup_rows import HASH
from tests.unit.harness.doctor.cutovers import after, back, before, found, keys


def test_each_file_must_name_the_provider_of_its_part() -> None:
    assert not found(before(), after(), back(), level="error")

    assert "before-not-local" in found(after(), after("newer", "new"), level="error")
    assert "after-not-aws" in found(before(), back(), level="error")
    wrong = found(before(), after(), after(), level="error")
    assert wrong["rollback-not-local"].claim == "G-23"


def test_without_a_rollback_file_the_guides_own_is_named_as_a_note() -> None:
    told = found(before(), after())

    assert told["default-rollback"].level == "note"
    assert "default-rollback" not in found(before(), after(), back())


def test_a_variable_that_gets_lost_is_told_for_each_file_it_is_lost_from() -> None:
    today = before(SOMBRA_ID="gateway-1")
    assert "variable-dropped" not in found(today, after(SOMBRA_ID="gateway-1"), back(SOMBRA_ID="gateway-1"))

    told = found(today, after(), back(SOMBRA_ID="gateway-1"))

    assert told["variable-dropped"].file == "after.env"
    assert told["variable-dropped"].level == "warning"
    assert "SOMBRA_ID" in told["variable-dropped"].message


def test_a_changed_variable_is_a_warning_and_a_new_one_a_note() -> None:
    told = found(before(LOG_LEVEL="warn"), after(LOG_LEVEL="planted", EXTRA="planted"))

    assert told["variable-changed"].level == "warning"
    assert told["variable-added"].level == "note"
    assert not [finding for finding in told.values() if "planted" in finding.message]


def test_an_extended_list_of_hashes_is_fine_and_a_replaced_one_is_a_warning() -> None:
    other = "A" * 43 + "="
    assert "internal-key-hash-dropped" not in found(before(), after(INTERNAL_KEY_HASH=f"{HASH},{other}"))

    assert "internal-key-hash-dropped" in found(before(), after(INTERNAL_KEY_HASH=other))


def test_a_consent_key_that_appears_is_a_warning() -> None:
    assert "consent-key-changed" not in found(before(), after())

    assert found(before(), after(CONSENT_IDENTIFIER_ENCRYPTION_KEY="x"))["consent-key-changed"].claim == "D-12"


def test_a_mistake_in_after_is_not_told_again_for_the_guides_rollback() -> None:
    told = [finding.id for finding in found(before(), after(JWT_ECDSA_KEY=f"{keys('new', 'old')},")).values()]

    assert told.count("key-empty") == 1


def test_errors_come_first_then_warnings_then_notes() -> None:
    levels = [finding.level for finding in found(before(LOG_LEVEL="warn"), after("new")).values()]

    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert set(levels) == {"error", "warning", "note"}


def test_the_table_of_rules_has_unique_ids_and_says_what_each_looks_for() -> None:
    rows = [(rule.id, rule.what, rule.claim) for rule in FILE_RULES]
    rows += [(rule.id, rule.what, rule.claim) for rule in CUTOVER_RULES]

    assert len({row[0] for row in rows}) == len(rows)
    assert all(what and claim[:2] in {"G-", "D-"} for _, what, claim in rows)
