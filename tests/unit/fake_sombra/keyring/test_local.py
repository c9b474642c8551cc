"""Local KMS: RFC 3394 under the first entry, opened under any loaded one, refused with the right cause."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import Refusal, Tampered, UnknownKey, WrongProvider
from fake_sombra.keyring import WrapLabel
from fake_sombra.keyring.local import LocalKeyring
from tests.unit.fake_sombra.crypto import material

_T = TypeVar("_T")


def _run(work: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(work)


def _keyring(*names: str) -> LocalKeyring:
    return LocalKeyring(material.key_sets(*names), random=os.urandom)


def _label(name: str) -> WrapLabel:
    return WrapLabel("local", material.signing_key(name).fingerprint)


_AWS = WrapLabel("AWS", "arn:aws:kms:eu-west-1:111122223333:key/x")


def test_the_wrap_is_that_of_rfc_3394_section_4_6() -> None:
    """256 bits of key data with a 256-bit KEK."""
    kek = bytes(range(32))
    cek = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    expected = bytes.fromhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")
    sets = KeySets((replace(material.key_sets("a").first, kek=kek),))
    keyring = LocalKeyring(sets, random=lambda size: cek[:size])

    made = _run(keyring.generate())

    assert (made.plaintext, made.wrapped.ciphertext) == (cek, expected)
    assert _run(keyring.unwrap(expected, label=None)) == cek


def test_a_new_key_has_32_bytes_is_wrapped_in_40_and_labelled_with_the_first_entry() -> None:
    made = _run(_keyring("a", "b").generate())

    assert (len(made.plaintext), len(made.wrapped.ciphertext)) == (32, 40)
    assert made.wrapped.label == _label("a") == _keyring("a", "b").label


@pytest.mark.parametrize("names", [("a",), ("b", "a"), ("b", "c", "d", "a")])
@pytest.mark.parametrize("label", [None, _label("a"), _label("b"), _label("x"), _AWS, WrapLabel("", "")])
def test_any_loaded_entry_opens_whatever_the_label_says(names: tuple[str, ...], label: WrapLabel | None) -> None:
    made = _run(_keyring("a").generate())

    assert _run(_keyring(*names).unwrap(made.wrapped.ciphertext, label=label)) == made.plaintext


@pytest.mark.parametrize("names", [("b",), ("b", "c", "d", "e", "a")])
@pytest.mark.parametrize(
    ("label", "cause"),
    [
        (_label("a"), UnknownKey),
        (_label("b"), Tampered),
        (_AWS, WrongProvider),
        (None, Tampered),
        (WrapLabel("LOCAL", "x"), WrongProvider),
    ],
)
def test_a_key_that_is_not_loaded_is_refused_and_the_label_only_names_the_cause(
    names: tuple[str, ...], label: WrapLabel | None, cause: type[Refusal]
) -> None:
    made = _run(_keyring("a").generate())
    assert _run(_keyring("a").unwrap(made.wrapped.ciphertext, label=label)) == made.plaintext

    with pytest.raises(cause):
        _run(_keyring(*names).unwrap(made.wrapped.ciphertext, label=label))


@pytest.mark.parametrize("size", [0, 8, 24, 32, 39, 41, 48, 96, 184, 6144])
def test_bytes_of_another_size_come_from_another_provider_when_nothing_is_said(size: int) -> None:
    with pytest.raises(WrongProvider):
        _run(_keyring("a").unwrap(os.urandom(size), label=None))
    with pytest.raises(WrongProvider):
        _run(_keyring("a").unwrap(os.urandom(size), label=_AWS))
    with pytest.raises(Tampered):
        _run(_keyring("a").unwrap(os.urandom(size), label=_label("a")))


@pytest.mark.parametrize("size", [16, 24, 40, 64])
def test_a_wrapped_key_of_another_size_than_a_cek_never_opens(size: int) -> None:
    wrapped = aes_key_wrap(material.key_sets("a").first.kek, bytes(size))

    with pytest.raises(Refusal):
        _run(_keyring("a").unwrap(wrapped, label=_label("a")))


def test_every_loaded_entry_is_tried_before_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bytes] = []

    def watched(kek: bytes, ciphertext: bytes) -> None:
        tried.append(kek)

    monkeypatch.setattr("fake_sombra.keyring.local._opened", watched)

    with pytest.raises(WrongProvider):
        _run(_keyring("a", "b", "c", "d", "e").unwrap(bytes(40), label=_AWS))

    assert tried == [each.kek for each in material.key_sets("a", "b", "c", "d").loaded]


def test_the_self_test_passes_without_touching_a_cek_and_fails_when_its_canary_does_not_return(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes: list[int] = []

    def random(size: int) -> bytes:
        sizes.append(size)
        return bytes(size)

    keyring = LocalKeyring(material.key_sets("a"), random=random)
    _run(keyring.self_test())
    assert sizes == [16]
    monkeypatch.setattr("fake_sombra.keyring.local._opened", lambda *_: None)

    with pytest.raises(Tampered):
        _run(keyring.self_test())


def test_a_strangers_label_is_not_repeated_in_the_message() -> None:
    with pytest.raises(UnknownKey) as refused:
        _run(_keyring("a").unwrap(bytes(40), label=WrapLabel("local", "planted by a stranger")))
    assert "planted" not in str(refused.value)

    with pytest.raises(UnknownKey, match=material.signing_key("b").fingerprint):
        _run(_keyring("a").unwrap(bytes(40), label=_label("b")))


def test_closing_twice_is_fine_and_the_key_has_no_repr() -> None:
    keyring = _keyring("a")
    made = _run(keyring.generate())
    keyring.close()
    keyring.close()

    assert repr(made.plaintext)[2:-1] not in repr(made)
