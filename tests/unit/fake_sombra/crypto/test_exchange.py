"""That the browser which asked, and no other, gets a request's key."""

from __future__ import annotations

import os
from base64 import b64decode
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from fake_sombra.crypto.exchange import rewrap_for_session
from fake_sombra.errors import BadRequest
from tests.unit.fake_sombra.crypto import material

CEK = bytes(range(32))


def _der(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _unwrapped(browser: ec.EllipticCurvePrivateKey, answer: dict[str, Any]) -> bytes:
    peer = load_der_public_key(b64decode(answer["publicKeyECDH"]))
    assert isinstance(peer, ec.EllipticCurvePublicKey)
    kek = HKDF(hashes.SHA384(), 32, salt=None, info=b"rewrap-for-session").derive(browser.exchange(ec.ECDH(), peer))
    context = {name: b64decode(value) for name, value in answer["decryptionContext"].items()}
    return AESGCM(kek).decrypt(context["iv"], context["wrappedKey"] + context["authTag"], None)


def test_the_browser_that_asked_unwraps_the_key_and_another_does_not() -> None:
    private = material.key_sets("a").first.ecdh_private
    browser, other = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))

    answer = rewrap_for_session(private, _der(browser), CEK, random=os.urandom)

    assert _unwrapped(browser, answer) == CEK
    with pytest.raises(InvalidTag):
        _unwrapped(other, answer)


def test_a_key_that_is_not_on_p384_is_a_bad_request() -> None:
    private = material.key_sets("a").first.ecdh_private
    good = _der(ec.generate_private_key(ec.SECP384R1()))
    assert rewrap_for_session(private, good, CEK, random=os.urandom)
    bad = [
        b"",
        good[:-1],
        b"\0" * 120,
        good[:-10] + bytes(10),
        _der(ec.generate_private_key(ec.SECP256R1())),
        _der(ec.generate_private_key(ec.SECP521R1())),
        _der(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    ]

    for der in bad:
        with pytest.raises(BadRequest, match="publicKey"):
            rewrap_for_session(private, der, CEK, random=os.urandom)
