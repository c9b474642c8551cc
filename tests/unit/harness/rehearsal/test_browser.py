"""The data subject's browser opens what was wrapped for it, and nothing else."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from harness.rehearsal.browser import Browser, CannotDecrypt

_CEK = bytes(range(32))


def _answer(browser: Browser, cek: bytes = _CEK) -> dict[str, object]:
    """What a gateway answers that shares its key by docs/wire.md."""
    own = ec.generate_private_key(ec.SECP384R1())
    peer = serialization.load_der_public_key(b64decode(browser.public_key))
    assert isinstance(peer, ec.EllipticCurvePublicKey)
    kek = HKDF(hashes.SHA384(), 32, salt=None, info=b"rewrap-for-session").derive(own.exchange(ec.ECDH(), peer))
    iv = os.urandom(12)
    sealed = AESGCM(kek).encrypt(iv, cek, None)
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    names = {"iv": iv, "wrappedKey": sealed[:-16], "authTag": sealed[-16:]}
    return {
        "decryptionContext": {name: b64encode(value).decode() for name, value in names.items()},
        "publicKeyECDH": b64encode(own.public_key().public_bytes(*form)).decode(),
    }


def test_a_key_wrapped_for_this_page_opens_and_for_another_does_not() -> None:
    page, other = Browser(), Browser()
    answer = _answer(page)

    assert page.unwrap(answer) == _CEK
    with pytest.raises(CannotDecrypt):
        other.unwrap(answer)


def test_a_file_decrypts_to_its_plaintext_and_a_damaged_one_is_refused() -> None:
    iv = os.urandom(12)
    sealed = AESGCM(_CEK).encrypt(iv, b"a file", None)
    listing = {"iv": b64encode(iv).decode(), "authTag": b64encode(sealed[-16:]).decode()}

    assert Browser.decrypt(_CEK, listing, sealed[:-16]) == b"a file"
    with pytest.raises(CannotDecrypt):
        Browser.decrypt(_CEK, listing, b"x" + sealed[1:-16])
    with pytest.raises(CannotDecrypt):
        Browser.decrypt(bytes(32), listing, sealed[:-16])


@pytest.mark.parametrize("answer", [{"decryptionContext": "x", "publicKeyECDH": "x"}, {"decryptionContext": {}}])
def test_an_answer_of_another_form_is_no_key(answer: dict[str, object]) -> None:
    with pytest.raises(CannotDecrypt):
        Browser().unwrap({"publicKeyECDH": None, **answer})


def test_a_key_that_is_no_elliptic_curve_key_is_refused() -> None:
    page = Browser()
    answer = _answer(page)

    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(*form)

    with pytest.raises(CannotDecrypt):
        page.unwrap({**answer, "publicKeyECDH": b64encode(der).decode()})
