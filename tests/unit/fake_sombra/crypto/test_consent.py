"""That consent identifiers can be compared, and under which keys they can be read."""

from __future__ import annotations

import pytest

from fake_sombra.crypto import consent
from fake_sombra.errors import BadRequest, Tampered, UnknownKey
from tests.unit.fake_sombra.crypto import material


def test_equal_identifiers_under_one_key_are_equal_texts() -> None:
    assert consent.encrypt(material.key_sets("a"), "u-1") == consent.encrypt(material.key_sets("a", "b"), "u-1")
    assert consent.encrypt(material.key_sets("a"), "u-1") != consent.encrypt(material.key_sets("a"), "u-2")
    assert consent.encrypt(material.key_sets("a"), "u-1") != consent.encrypt(material.key_sets("b"), "u-1")


def test_a_text_names_its_key() -> None:
    fingerprint = material.signing_key("a").fingerprint

    assert consent.encrypt(material.key_sets("a"), "u-1").startswith(f"{fingerprint}:")


@pytest.mark.parametrize("names", [("a",), ("b", "a"), ("b", "c", "d", "a")])
@pytest.mark.parametrize("identifier", ["u-1", "", "Zoë@example.com", "x" * 5000])
def test_any_loaded_key_reads(names: tuple[str, ...], identifier: str) -> None:
    text = consent.encrypt(material.key_sets("a"), identifier)

    assert consent.decrypt(material.key_sets(*names), text) == identifier


@pytest.mark.parametrize("names", [("b",), ("b", "c", "d", "e", "a")])
def test_a_key_that_is_not_loaded_is_unknown(names: tuple[str, ...]) -> None:
    text = consent.encrypt(material.key_sets("a"), "u-1")

    with pytest.raises(UnknownKey):
        consent.decrypt(material.key_sets(*names), text)


def test_a_configured_key_survives_every_change_of_the_signing_keys() -> None:
    text = consent.encrypt(material.key_sets("a", consent=(b"x" * 32,)), "u-1")

    for names in (("a",), ("b",), ("b", "a")):
        assert consent.decrypt(material.key_sets(*names, consent=(b"x" * 32,)), text) == "u-1"
        assert consent.decrypt(material.key_sets(*names, consent=(b"y" * 32, b"x" * 32)), text) == "u-1"
        assert consent.encrypt(material.key_sets(*names, consent=(b"x" * 32,)), "u-1") == text
    with pytest.raises(UnknownKey):
        consent.decrypt(material.key_sets("a", consent=(b"y" * 32,)), text)


def test_with_a_configured_key_the_derived_ones_are_not_loaded() -> None:
    text = consent.encrypt(material.key_sets("a"), "u-1")

    with pytest.raises(UnknownKey):
        consent.decrypt(material.key_sets("a", consent=(b"x" * 32,)), text)


def test_damage_anywhere_in_the_seal_is_tampered() -> None:
    sets = material.key_sets("a")
    name, sealed = consent.encrypt(sets, "u-1").split(":")
    assert consent.decrypt(sets, f"{name}:{sealed}") == "u-1"
    flipped = ("A" if sealed[0] != "A" else "B") + sealed[1:]

    for damaged in (flipped, sealed[:-1], sealed[:4], "", f"{sealed} ", f"{sealed}:{sealed}", "é"):
        with pytest.raises(Tampered):
            consent.decrypt(sets, f"{name}:{damaged}")
    for bare in (name, "", sealed):
        with pytest.raises(Tampered):
            consent.decrypt(sets, bare)


def test_a_seal_under_the_name_of_another_loaded_key_never_opens() -> None:
    sets = material.key_sets("a", "b")
    _, sealed = consent.encrypt(sets, "u-1").split(":")
    other = material.signing_key("b").fingerprint

    with pytest.raises(Tampered):
        consent.decrypt(sets, f"{other}:{sealed}")


def test_text_that_utf_8_cannot_hold_is_a_bad_request() -> None:
    with pytest.raises(BadRequest):
        consent.encrypt(material.key_sets("a"), "\ud800")
