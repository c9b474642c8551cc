"""Laws of sealed bytes: opening what was sealed returns it, opening anything else refuses."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fake_sombra.crypto import cipher, consent, strict_base64
from fake_sombra.crypto.cipher import Decryptor, Encryptor
from fake_sombra.crypto.strict_base64 import NotStrictBase64
from fake_sombra.errors import Tampered, UnknownKey
from tests.unit.fake_sombra.crypto import material

_KEYS = st.binary(min_size=32, max_size=32)
_CHUNKS = st.lists(st.binary(max_size=64), max_size=8)


@given(key=_KEYS, plain=st.binary(max_size=300))
def test_opening_what_was_sealed_returns_it(key: bytes, plain: bytes) -> None:
    """open(seal(x)) == x."""
    assert cipher.unpack(key, cipher.pack(key, plain, random=os.urandom)) == plain


@given(key=_KEYS, other=_KEYS, plain=st.binary(max_size=100))
def test_opening_under_another_key_refuses(key: bytes, other: bytes, plain: bytes) -> None:
    """No key but the one that sealed opens."""
    assume(key != other)

    with pytest.raises(Tampered):
        cipher.unpack(other, cipher.pack(key, plain, random=os.urandom))


@given(key=_KEYS, plain=st.binary(max_size=100), data=st.data())
def test_opening_damaged_bytes_refuses(key: bytes, plain: bytes, data: st.DataObject) -> None:
    """One flipped bit, a cut or an extension anywhere is noticed."""
    packed = cipher.pack(key, plain, random=os.urandom)
    at, bit = data.draw(st.integers(0, len(packed) - 1)), data.draw(st.integers(0, 7))
    flipped = packed[:at] + bytes([packed[at] ^ (1 << bit)]) + packed[at + 1 :]

    for damaged in (flipped, packed[:at], packed + b"\0"):
        with pytest.raises(Tampered):
            cipher.unpack(key, damaged)


@given(key=_KEYS, iv=st.binary(min_size=12, max_size=12), sealed=_CHUNKS, cut=st.integers(1, 50))
def test_how_a_stream_is_cut_into_chunks_changes_nothing(key: bytes, iv: bytes, sealed: list[bytes], cut: int) -> None:
    """Any chunking on the way in, any other on the way out: the same bytes."""
    sealing = Encryptor(key, iv)
    ciphertext = b"".join(sealing.update(chunk) for chunk in sealed)
    opening = Decryptor(key, iv, tag=sealing.finish())

    opened = b"".join(opening.update(ciphertext[at : at + cut]) for at in range(0, len(ciphertext), cut))
    opening.finish()

    assert opened == b"".join(sealed)


@given(one=st.text(max_size=30), other=st.text(max_size=30), names=st.permutations("abc"))
def test_consent_texts_are_equal_if_and_only_if_identifier_and_key_are(one: str, other: str, names: list[str]) -> None:
    """Deterministic under one key, unrelated under two, readable under any loaded."""
    first, sets = material.key_sets(names[0]), material.key_sets(*names)

    assert consent.encrypt(sets, one) == consent.encrypt(first, one)
    assert (consent.encrypt(sets, one) == consent.encrypt(sets, other)) is (one == other)
    assert consent.decrypt(material.key_sets(*reversed(names)), consent.encrypt(first, one)) == one
    with pytest.raises(UnknownKey):
        consent.decrypt(material.key_sets(names[1]), consent.encrypt(first, one))


@given(identifier=st.text(max_size=30), data=st.data(), letter=st.characters(codec="ascii"))
def test_a_consent_text_with_any_changed_character_never_opens(
    identifier: str, data: st.DataObject, letter: str
) -> None:
    """Name and seal are one: no change of either opens."""
    sets = material.key_sets("a", "b")
    text = consent.encrypt(sets, identifier)
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + letter + text[at + 1 :]
    assume(changed != text)

    with pytest.raises((Tampered, UnknownKey)):
        consent.decrypt(sets, changed)


@given(raw=st.binary(max_size=60))
def test_strict_base64_reads_what_standard_base64_writes(raw: bytes) -> None:
    """decode(encode(x)) == x."""
    assert strict_base64.decode(b64encode(raw).decode()) == raw


@given(text=st.one_of(st.text(max_size=40), st.text("AQgw+/-_= \n", max_size=12)))
def test_strict_base64_reads_one_spelling_only(text: str) -> None:
    """What decodes encodes back to the very same text; all else is refused with its own error."""
    try:
        raw = strict_base64.decode(text)
    except NotStrictBase64:
        return
    assert b64encode(raw).decode() == text
    assert b64decode(text, validate=True) == raw
