"""That sealed bytes open unchanged, whole or in chunks, and that damaged ones do not open at all."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fake_sombra.crypto import cipher
from fake_sombra.crypto.cipher import Decryptor, Encryptor, Sealed
from fake_sombra.errors import Tampered

KEY, OTHER = bytes(range(32)), bytes(32)
PLAIN = b"the content of a file"


def test_sealing_is_aes_256_gcm_with_a_detached_tag_and_no_additional_data() -> None:
    sealed = cipher.seal(KEY, PLAIN, random=os.urandom)

    assert (len(sealed.iv), len(sealed.tag), len(sealed.ciphertext)) == (12, 16, len(PLAIN))
    assert AESGCM(KEY).decrypt(sealed.iv, sealed.ciphertext + sealed.tag, None) == PLAIN
    assert cipher.open_(KEY, sealed) == PLAIN


def test_the_iv_comes_from_the_randomness_that_is_handed_in() -> None:
    assert cipher.seal(KEY, PLAIN, random=bytes).iv == bytes(12)


@pytest.mark.parametrize("plain", [b"", b"x", PLAIN, bytes(70_000)])
def test_the_packed_form_is_iv_ciphertext_tag(plain: bytes) -> None:
    packed = cipher.pack(KEY, plain, random=os.urandom)

    assert AESGCM(KEY).decrypt(packed[:12], packed[12:], None) == plain
    assert cipher.unpack(KEY, packed) == plain


@pytest.mark.parametrize("size", [0, 1, 12, 27, 28, 29, 48])
def test_packed_bytes_that_are_cut_are_tampered(size: int) -> None:
    packed = cipher.pack(KEY, PLAIN, random=os.urandom)
    assert len(packed) == 49

    with pytest.raises(Tampered):
        cipher.unpack(KEY, packed[:size])


def test_another_key_and_a_damaged_part_are_tampered() -> None:
    sealed = cipher.seal(KEY, PLAIN, random=os.urandom)
    flipped = bytes([sealed.ciphertext[0] ^ 1]) + sealed.ciphertext[1:]
    damaged = [
        Sealed(bytes(12), sealed.ciphertext, sealed.tag),
        Sealed(sealed.iv, flipped, sealed.tag),
        Sealed(sealed.iv, sealed.ciphertext, bytes(16)),
        Sealed(sealed.iv, sealed.ciphertext, sealed.tag[:12]),
        Sealed(sealed.iv, sealed.ciphertext, b""),
        Sealed(sealed.iv + b"\0", sealed.ciphertext, sealed.tag),
        Sealed(b"", sealed.ciphertext, sealed.tag),
    ]

    with pytest.raises(Tampered):
        cipher.open_(OTHER, sealed)
    for each in damaged:
        with pytest.raises(Tampered):
            cipher.open_(KEY, each)


def test_chunks_give_what_the_whole_gives() -> None:
    iv = os.urandom(12)
    sealing = Encryptor(KEY, iv)
    ciphertext = b"".join(sealing.update(PLAIN[at : at + 5]) for at in range(0, len(PLAIN), 5))
    tag = sealing.finish()
    assert ciphertext + tag == AESGCM(KEY).encrypt(iv, PLAIN, None)

    opening = Decryptor(KEY, iv, tag=tag)
    opened = b"".join(opening.update(ciphertext[at : at + 7]) for at in range(0, len(ciphertext), 7))
    opening.finish()

    assert opened == PLAIN


@pytest.mark.parametrize(("iv_size", "tag_size"), [(0, 16), (11, 16), (13, 16), (12, 0), (12, 15), (12, 17)])
def test_a_stream_of_impossible_sizes_is_tampered(iv_size: int, tag_size: int) -> None:
    with pytest.raises(Tampered):
        Decryptor(KEY, bytes(iv_size), tag=bytes(tag_size))


def test_a_stream_with_a_wrong_tag_is_tampered_at_its_end() -> None:
    opening = Decryptor(KEY, bytes(12), tag=bytes(16))
    opening.update(PLAIN)

    with pytest.raises(Tampered):
        opening.finish()


def test_ciphertext_is_not_shown() -> None:
    sealed = cipher.seal(KEY, PLAIN, random=bytes)

    assert repr(sealed.ciphertext)[2:-1] not in repr(sealed)
