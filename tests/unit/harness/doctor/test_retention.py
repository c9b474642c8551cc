"""Which key must stand where: the good lists first, then each way to lose one."""

from __future__ import annotations

import pytest

from harness.environment import EnvFile
from tests.conformance.startup_rows import p384, wrong_items
from tests.unit.harness.doctor.cutovers import after, back, before, found, keys


@pytest.mark.parametrize("rollback", [None, back(), back("old", "new"), back("new", "old", "spare")])
def test_the_guides_own_lists_have_no_error_and_no_warning(rollback: EnvFile | None) -> None:
    told = found(before(), after(), rollback)

    assert {finding.level for finding in told.values()} == {"note"}
    assert told["old-key-is-the-rollback"].claim == "D-02"


@pytest.mark.parametrize(
    ("today", "tomorrow", "finding", "claim"),
    [
        (("old",), ("new",), "old-key-dropped", "G-11"),
        (("old",), ("new",), "rollback-old-key-dropped", "D-02"),
        (("old",), ("old", "new"), "order-swapped", "G-12"),
        (("old",), ("old",), "no-new-key", "G-10"),
        (("old", "older"), ("old", "older"), "no-new-key", "G-10"),
        (("old", "older"), ("older", "old"), "no-new-key", "G-10"),
        (("old",), ("new", "x", "y", "z", "old"), "old-key-forgotten", "G-25"),
        (("old", "older"), ("new", "old"), "older-key-dropped", "D-05"),
        (("old", "o2", "o3", "o4"), ("new", "old", "o2"), "older-key-dropped", "D-05"),
    ],
)
def test_a_wrong_list_after_the_cutover_is_an_error(
    today: tuple[str, ...], tomorrow: tuple[str, ...], finding: str, claim: str
) -> None:
    told = found(before(*today), after(*tomorrow), level="error")

    assert told[finding].claim == claim
    assert (told[finding].file, told[finding].line) == ("after.env", after().line("JWT_ECDSA_KEY"))


@pytest.mark.parametrize(
    ("tomorrow", "only"),
    [
        (("old",), {"no-new-key"}),
        (("old", "new"), {"order-swapped"}),
        (("new",), {"old-key-dropped", "rollback-old-key-dropped"}),
        (("new", "x", "y", "z", "old"), {"old-key-forgotten"}),
    ],
)
def test_one_mistake_is_told_under_its_own_name_alone(tomorrow: tuple[str, ...], only: set[str]) -> None:
    assert set(found(before(), after(*tomorrow), level="error")) == only


@pytest.mark.parametrize("tomorrow", [("new", "x", "old"), ("new", "x", "y", "old")])
def test_an_old_key_that_is_loaded_but_not_second_is_only_a_warning(tomorrow: tuple[str, ...]) -> None:
    """It verifies and unwraps at any of the four places; only the guide's order is not kept."""
    told = found(before(), after(*tomorrow))

    assert (told["old-key-not-second"].level, told["old-key-not-second"].claim) == ("warning", "G-12")
    assert "error" not in {finding.level for finding in told.values()}


def test_the_fifth_key_set_is_forgotten_with_a_warning_when_nothing_else_can_be_done() -> None:
    today = ("old", "o2", "o3", "o4")

    told = found(before(*today), after("new", *today))

    assert told["fifth-key-forgotten"].level == "warning"
    assert told["fifth-key-forgotten"].claim == "D-05"
    assert "older-key-dropped" not in told


@pytest.mark.parametrize(
    ("names", "finding", "claim"),
    [
        (("old",), "rollback-new-key-dropped", "D-04"),
        (("new",), "rollback-old-key-dropped", "D-02"),
        (("new", "x", "y", "z", "old"), "old-key-forgotten", "G-25"),
        (("old", "x", "y", "z", "new"), "rollback-new-key-dropped", "D-04"),
    ],
)
def test_a_rollback_that_loses_a_key_is_an_error(names: tuple[str, ...], finding: str, claim: str) -> None:
    told = found(before(), after(), back(*names), level="error")

    assert told[finding].claim == claim
    assert told[finding].file == "rollback.env"


def test_keys_are_compared_by_what_they_are_not_by_how_they_are_written() -> None:
    """SEC1 and PKCS#8 of one key are one key."""
    from cryptography.hazmat.primitives.serialization import PrivateFormat  # noqa: PLC0415  # only this test

    other_form = p384("old", PrivateFormat.PKCS8)
    assert other_form != p384("old")

    told = found(before(), after(JWT_ECDSA_KEY=f"{p384('new')},{other_form}"), level="error")

    assert not told


def test_a_broken_key_of_today_leaves_the_comparison_out() -> None:
    told = found(before(JWT_ECDSA_KEY=wrong_items()["RSA"][0]), after(), level="error")

    assert set(told) == {"key-wrong-kind"}


def test_a_wrong_curve_is_told_with_the_prefix_check_it_passes() -> None:
    told = found(before(), after(JWT_ECDSA_KEY=f"{wrong_items()['P-256 SEC1'][0]},{keys('old')}"), level="error")

    assert set(told) == {"key-wrong-curve"}
    assert "item 1" in told["key-wrong-curve"].message
    assert "prefix check" in told["key-wrong-curve"].message
