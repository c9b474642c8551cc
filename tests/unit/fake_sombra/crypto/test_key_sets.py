"""What is derived from one entry, how far the memory of a boot reaches, and that nothing of it is ever shown."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fake_sombra.crypto.key_sets import ConsentKey, KeySets
from tests.unit.fake_sombra.crypto import material

_SIZES = {
    "kek": ("KEY_ENCRYPTION_BASE", 32),
    "hmac_nonce": ("HMAC_NONCE_KEY", 48),
    "hmac_data_subject": ("HMAC_DATA_SUBJECT_SESSION_KEY", 48),
    "hmac_employee": ("HMAC_EMPLOYEE_SESSION_KEY", 48),
    "consent": ("CONSENT_IDENTIFIER_ENCRYPTION_KEY", 64),
}


def _hkdf_sha384(secret: bytes, info: bytes, size: int) -> bytes:
    """RFC 5869 by hand, so that the derivation has a second author."""
    extracted = hmac.new(bytes(48), secret, hashlib.sha384).digest()
    out, block = b"", b""
    for count in range(1, 5):
        block = hmac.new(extracted, block + info + bytes([count]), hashlib.sha384).digest()
        out += block
    return out[:size]


@pytest.mark.parametrize("field", _SIZES)
def test_each_key_is_hkdf_sha384_of_the_scalar_under_its_own_label(field: str) -> None:
    key_set = material.key_sets("a").first
    label, size = _SIZES[field]

    assert getattr(key_set, field) == _hkdf_sha384(material.signing_key("a").scalar, label.encode(), size)


def test_the_exchange_key_is_on_p384_and_differs_from_the_signing_key() -> None:
    key_set = material.key_sets("a").first
    again = material.key_sets("a", "b").first

    assert isinstance(key_set.ecdh_private.curve, ec.SECP384R1)
    assert key_set.ecdh_private.private_numbers() == again.ecdh_private.private_numbers()
    assert key_set.ecdh_private.private_numbers() != key_set.signing_key.private_key.private_numbers()


def test_no_two_derived_keys_are_equal_within_or_across_entries() -> None:
    keys = [getattr(each, field)[:32] for each in material.key_sets("a", "b", "c").loaded for field in _SIZES]

    assert len(set(keys)) == len(keys) == 15


def test_the_first_four_are_loaded_and_later_ones_are_forgotten() -> None:
    sets = material.key_sets("a", "b", "c", "d", "e", "f")
    names = [material.signing_key(name).fingerprint for name in "abcdef"]

    assert list(sets.fingerprints) == names[:4]
    assert [each.fingerprint for each in sets.forgotten] == names[4:]
    assert sets.first.fingerprint == names[0]


def test_a_repeated_key_takes_a_place_of_its_own() -> None:
    sets = material.key_sets("a", "a", "b", "c", "d")

    assert len(sets.loaded) == 4
    assert [each.fingerprint for each in sets.forgotten] == [material.signing_key("d").fingerprint]


def test_an_empty_list_is_no_key_sets() -> None:
    with pytest.raises(ValueError, match="at least one"):
        KeySets.of([])


def test_consent_keys_are_the_derived_ones_unless_some_are_configured() -> None:
    derived, configured = material.key_sets("a", "b"), material.key_sets("a", "b", consent=(b"x" * 16,))

    assert [key.secret for key in derived.consent_keys] == [each.consent for each in derived.loaded]
    assert [key.fingerprint for key in derived.consent_keys] == list(derived.fingerprints)
    assert configured.consent_keys == (ConsentKey.configured(b"x" * 16),)
    assert len(configured.consent_keys[0].secret) == 64


def test_no_repr_shows_a_secret() -> None:
    sets = material.key_sets("a", "b", "c", "d", "e", consent=(b"x" * 16,))
    shown = repr(sets)

    assert material.signing_key("e").fingerprint in shown
    for each in (*sets.loaded, *sets.forgotten):
        for field in _SIZES:
            assert repr(getattr(each, field))[2:-1] not in shown
            assert f" {field}=" not in shown
    assert "secret" not in shown
    assert "private" not in shown
