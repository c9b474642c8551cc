"""What a derivation gives stays what it is: a change that nobody meant locks old data away, and these say so."""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode, urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fake_sombra.crypto import cipher, consent, derive, exchange, signing_key, strict_base64, tokens
from fake_sombra.crypto.key_sets import ConsentKey, KeySets
from fake_sombra.crypto.signing_key import NotASigningKey, read_item
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import BadRequest, SignatureInvalid, Tampered
from tests.unit.fake_sombra.crypto import material

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
EXCHANGE_KEY_OF_A = "9211c11c0baed16f004ead057cf1fac7f56dbc9ad161054623c73f9b2cb62f82"


def test_the_exchange_key_of_an_entry_is_always_the_same() -> None:
    der = b64decode(exchange.public_key_text(material.key_sets("a").first.ecdh_private))

    assert hashlib.sha256(der).hexdigest() == EXCHANGE_KEY_OF_A


@pytest.mark.parametrize(
    ("wide", "scalar"), [(0, 1), (1, 2), (ORDER - 2, ORDER - 1), (ORDER - 1, 1), (2 * (ORDER - 1) + 6, 7)]
)
def test_every_derived_scalar_is_from_one_to_the_order_less_one(
    wide: int, scalar: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "derive", lambda secret, label, size: wide.to_bytes(size, "big"))

    assert derive.derive_p384(b"", "any").private_numbers().private_value == scalar


def test_configured_consent_keys_are_kept_in_their_order() -> None:
    own = [ConsentKey.configured(bytes([number]) * 16) for number in (1, 2)]

    sets = KeySets.of([material.signing_key("a")], consent=own)

    assert sets.configured_consent == sets.consent_keys == tuple(own)


def test_a_token_is_written_without_blanks() -> None:
    token = tokens.sign(material.key_sets("a"), {"one": 1, "two": [2]}, purpose=Purpose.NONCE)

    assert urlsafe_b64decode(token.split(".")[1] + "==") == b'{"one":1,"two":[2],"kind":"nonce"}'


def test_damaged_texts_are_refused_in_words() -> None:
    sets, key = material.key_sets("a"), material.key_sets("a").first.fingerprint
    with pytest.raises(Tampered, match="cut short"):
        cipher.unpack(bytes(32), bytes(cipher.IV_SIZE + cipher.TAG_SIZE - 1))
    for text in ("no text of ours", f"{key}:not base64", f"{key}:{b64encode(bytes(32)).decode()}"):
        with pytest.raises(Tampered, match="integrity check failed; store it as it was handed out"):
            consent.decrypt(sets, text)


def test_noise_in_front_of_an_item_does_not_hide_what_it_is() -> None:
    pem = material.pem("a").decode()

    with pytest.raises(NotASigningKey, match="is a bare PEM"):
        read_item(f" \n{pem}")
    with pytest.raises(NotASigningKey, match="base64 of base64"):
        read_item(b64encode(b"\n" + b64encode(pem.encode())).decode())


def test_other_kinds_of_keys_are_told_apart() -> None:
    item = b64encode(
        x25519.X25519PrivateKey.generate().private_bytes(
            Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    ).decode()

    with pytest.raises(NotASigningKey, match=r"\ba key of another kind\b(?!XX)"):
        read_item(item)
    assert signing_key.SCALAR_SIZE == 48


def test_url_safe_base64_is_refused_by_its_name() -> None:
    for text in ("ab-d", "ab_d"):
        with pytest.raises(strict_base64.NotStrictBase64, match="url-safe alphabet"):
            strict_base64.decode(text)


def _from_browser(ours: ec.EllipticCurvePrivateKey, session: bytes) -> tuple[bytes, str]:
    """What a browser sends: its own key, and its session under what the exchange gives both sides."""
    browser = ec.generate_private_key(ec.SECP384R1())
    der = browser.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    secret = browser.exchange(ec.ECDH(), ours.public_key())
    key = HKDF(hashes.SHA384(), 32, salt=None, info=b"dh-encrypted").derive(secret)
    return der, f"{b64encode(der).decode()}.{b64encode(cipher.pack(key, session, random=os.urandom)).decode()}"


def test_a_browsers_session_opens_under_any_loaded_key_and_says_which() -> None:
    privates = [each.ecdh_private for each in material.key_sets("a", "b").loaded]
    for ours in privates:
        der, sent = _from_browser(ours, "session für dich".encode())

        opened = exchange.open_from_browser(privates, sent)

        assert (opened.session, opened.public_key, opened.private) == ("session für dich", der, ours)


def test_a_browsers_session_under_no_loaded_key_or_that_is_no_text_is_refused() -> None:
    ours, other = (each.ecdh_private for each in material.key_sets("a", "b").loaded)
    assert exchange.open_from_browser([other, ours], _from_browser(ours, b"session")[1]).session == "session"

    for sent in (_from_browser(ours, b"session")[1], _from_browser(other, b"\xff\xfe")[1]):
        with pytest.raises(SignatureInvalid, match="opens under no loaded key; fetch publicKeyECDH again"):
            exchange.open_from_browser([other], sent)


def test_what_is_no_message_of_a_browser_is_a_bad_request() -> None:
    ours = material.key_sets("a").first.ecdh_private
    public, _, packed = _from_browser(ours, b"session")[1].partition(".")
    long = _from_browser(ours, b"x" * (12 << 10))[1]
    assert len(long) > 16 << 10

    for wrong in (public, f"{public}.not base64", f"?{public}.{packed}", f"{public}.{packed}.{packed}", long):
        with pytest.raises(BadRequest, match="dhEncrypted is not two base64 texts"):
            exchange.open_from_browser([ours], wrong)
    with pytest.raises(BadRequest, match="publicKey is not a public key"):
        exchange.open_from_browser([ours], f"{b64encode(b'no key').decode()}.{packed}")


def test_the_longest_message_of_a_browser_is_taken() -> None:
    ours = material.key_sets("a").first.ecdh_private
    frame = len(_from_browser(ours, b"")[1])
    longest = (16 << 10) - frame  # characters left for the session, which base64 makes a third longer

    sent = _from_browser(ours, b"x" * (longest * 3 // 4))[1]

    assert (16 << 10) - 4 < len(sent) <= 16 << 10
    assert len(exchange.open_from_browser([ours], sent).session) == longest * 3 // 4
