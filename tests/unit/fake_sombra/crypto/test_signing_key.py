"""Which items of JWT_ECDSA_KEY are signing keys, and what is said of those that are not."""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from fake_sombra.crypto.signing_key import NotASigningKey, read_item
from tests.unit.fake_sombra.crypto import material

_PKCS8, _SEC1 = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
_SPKI = PublicFormat.SubjectPublicKeyInfo
_PLAIN = NoEncryption()


def _item(pem: bytes) -> str:
    return b64encode(pem).decode()


def _refused(item: str) -> str:
    with pytest.raises(NotASigningKey) as refused:
        read_item(item)
    return str(refused.value)


@pytest.mark.parametrize("is_sec1", [True, False])
def test_sec1_and_pkcs8_of_one_key_are_read_alike(*, is_sec1: bool) -> None:
    key = read_item(material.item("a", is_sec1=is_sec1))

    assert key == material.signing_key("a")
    assert key.private_key.private_numbers() == material.private_key("a").private_numbers()


@pytest.mark.parametrize("ending", [b"", b"\n", b"\n\n", b"\r\n"])
def test_the_end_of_the_file_does_not_matter(ending: bytes) -> None:
    assert read_item(_item(material.pem("a").rstrip() + ending)) == material.signing_key("a")


def test_windows_line_ends_are_read() -> None:
    assert read_item(_item(material.pem("a").replace(b"\n", b"\r\n"))) == material.signing_key("a")


def test_the_fingerprint_is_16_hex_digits_of_sha_256_over_the_spki_der() -> None:
    der = material.private_key("a").public_key().public_bytes(Encoding.DER, _SPKI)

    assert material.signing_key("a").fingerprint == hashlib.sha256(der).hexdigest()[:16]
    assert material.signing_key("a").fingerprint != material.signing_key("b").fingerprint


def test_a_repr_shows_the_fingerprint_and_nothing_else() -> None:
    key = material.signing_key("a")

    assert repr(key) == f"SigningKey(fingerprint='{key.fingerprint}')"


def test_the_scalar_is_48_bytes_even_when_it_begins_with_zeros() -> None:
    small = ec.derive_private_key(5, ec.SECP384R1())
    key = read_item(_item(small.private_bytes(Encoding.PEM, _SEC1, _PLAIN)))

    assert key.scalar == bytes(47) + b"\x05"


@pytest.mark.parametrize(
    ("curve", "name"),
    [(ec.SECP256R1(), "secp256r1"), (ec.SECP521R1(), "secp521r1"), (ec.SECP256K1(), "secp256k1")],
)
@pytest.mark.parametrize("form", [_PKCS8, _SEC1])
def test_another_curve_is_refused_by_its_name(curve: ec.EllipticCurve, name: str, form: PrivateFormat) -> None:
    pem = ec.generate_private_key(curve).private_bytes(Encoding.PEM, form, _PLAIN)

    assert f"is on the curve {name}, not P-384" in _refused(_item(pem))


def test_keys_of_other_kinds_are_refused() -> None:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pems = {
        "an RSA key": rsa_key.private_bytes(Encoding.PEM, _PKCS8, _PLAIN),
        "an RSA key; make": rsa_key.private_bytes(Encoding.PEM, _SEC1, _PLAIN),
        "an Edwards-curve key": ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, _PKCS8, _PLAIN),
        "a key of another kind": dsa.generate_private_key(1024).private_bytes(Encoding.PEM, _PKCS8, _PLAIN),
    }

    for words, pem in pems.items():
        assert words in _refused(_item(pem))


def test_what_is_no_private_key_is_refused_by_its_kind() -> None:
    public = material.private_key("a").public_key().public_bytes(Encoding.PEM, _SPKI)
    certificate = public.replace(b"PUBLIC KEY", b"CERTIFICATE")
    parameters = b"-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n"
    other = public.replace(b"PUBLIC KEY", b"X509 CRL")

    assert "is a public key" in _refused(_item(public))
    assert "is a certificate" in _refused(_item(certificate))
    assert "is only the parameters of a curve" in _refused(_item(parameters))
    assert "is a PEM of another kind" in _refused(_item(other))


@pytest.mark.parametrize("form", [_PKCS8, _SEC1])
def test_an_encrypted_key_is_refused_as_encrypted(form: PrivateFormat) -> None:
    pem = material.private_key("a").private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"secret"))

    assert "is an encrypted private key" in _refused(_item(pem))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda item: "", "is empty"),
        (lambda item: f" {item}", "white space"),
        (lambda item: f"{item}\n", "white space"),
        (lambda item: f"{item[:76]}\n{item[76:]}", "white space"),
        (lambda item: f"{item[:76]} {item[76:]}", "white space"),
        (lambda item: f"{item[:76]}\u00a0{item[76:]}", "white space"),
        (lambda item: f'"{item}"', "not standard padded base64"),
        (lambda item: item[:-1], "base64"),
        (lambda item: item.rstrip("=") + "====", "base64"),
        (lambda item: item[:-4], "PEM"),
        (lambda item: f"{item[:40]}!{item[40:]}", "base64"),
        (lambda item: f"é{item}", "base64"),
        (lambda item: b64encode(item.encode()).decode(), "base64 of base64"),
        (lambda item: b64encode(f"{item}\n".encode()).decode(), "base64 of base64"),
        (lambda item: b64encode(b64encode(item.encode())).decode(), "PEM"),
        (lambda item: b64encode(b"hello, this is no key").decode(), "does not decode to a PEM"),
    ],
)
def test_noise_around_a_good_key_is_refused(change: Callable[[str], str], words: str) -> None:
    good = material.item("a")
    assert read_item(good) == material.signing_key("a")

    assert words in _refused(change(good))


def test_the_lax_spellings_of_base64_are_refused() -> None:
    pem = next(pem for pem in (material.pem("a") + b"\n" * n for n in range(3)) if len(pem) % 3)
    good = b64encode(pem).decode()
    assert good.endswith("=")
    assert read_item(good) == material.signing_key("a")
    twisted = good.rstrip("=")
    last = chr(ord(twisted[-1]) + 1)

    assert "base64" in _refused(good.rstrip("="))
    assert "canonical" in _refused(twisted[:-1] + last + good[len(twisted) :])
    assert "url-safe" in _refused(urlsafe_b64encode(b"-----BEGIN \xff\xfe\xff").decode())


def test_a_bare_pem_is_refused_with_advice() -> None:
    assert "is a bare PEM" in _refused(material.pem("a").decode())


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        (material.pem("a") + material.pem("b"), "keep the private key alone"),
        (material.pem("a") + b"and more", "keep the private key alone"),
        (
            b"-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n" + material.pem("a"),
            "of a curve",
        ),
        (b"\n" + material.pem("a"), "does not decode to a PEM"),
        (b"Bag Attributes\n" + material.pem("a"), "does not decode to a PEM"),
        (material.pem("a")[:-10], "does not decode to a PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "cannot be read as a private key"),
    ],
)
def test_a_file_that_is_not_one_whole_private_key_is_refused(pem: bytes, words: str) -> None:
    assert words in _refused(_item(pem))


def test_no_refusal_repeats_what_was_given() -> None:
    given = [material.item("a")[:-4], f" {material.item('a')}", material.pem("a").decode()[28:], "U0VDUkVU" * 4]

    for item in given:
        said = _refused(item)
        assert not [start for start in range(0, len(item) - 8, 8) if item[start : start + 8] in said]
