"""Fresh JWT_ECDSA_KEY entries for rehearsals: what `openssl ecparam -genkey` would make (sombra.md 2.1), and others."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from functools import cache
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
_SEC1, _PKCS8 = serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8
_PEM, _OPEN = serialization.Encoding.PEM, serialization.NoEncryption()


@cache
def fresh_key(name: str, *, curve: Literal["P-256", "P-384", "P-521"] = "P-384") -> str:
    """One list item, base64 of a SEC1 PEM; the same name gives the same key within a process."""
    return _item(ec.generate_private_key(_CURVES[curve]).private_bytes(_PEM, _SEC1, _OPEN))


@cache
def another_kind(name: str) -> str:
    """An item that holds a good private key of a kind that cannot sign ES384."""
    return _item(ed25519.Ed25519PrivateKey.generate().private_bytes(_PEM, _PKCS8, _OPEN))


@cache
def rsa_key(name: str) -> str:
    """An item that holds an RSA key; a short one, for a long one takes longer than all other rows together."""
    key = rsa.generate_private_key(65537, 1024)
    return _item(key.private_bytes(_PEM, _SEC1, _OPEN))


@cache
def certificate_of(item: str) -> str:
    """An item with a certificate of the key where the key belongs."""
    key, always = _loaded(item), datetime(2026, 1, 1, tzinfo=UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sombra")])
    unsigned = x509.CertificateBuilder(subject, subject, key.public_key(), 1, always, always)
    return _item(unsigned.sign(key, hashes.SHA384()).public_bytes(_PEM))


def public_half(item: str) -> str:
    """An item with the public key where the private one belongs."""
    public = _loaded(item).public_key()
    return _item(public.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def locked(item: str) -> str:
    """The same key behind a passphrase."""
    return _item(_loaded(item).private_bytes(_PEM, _PKCS8, serialization.BestAvailableEncryption(b"passphrase")))


def spelled_otherwise(item: str) -> str:
    """The same key in the other of its two PEM forms: SEC1 as PKCS#8, PKCS#8 as SEC1."""
    form = _PKCS8 if b"EC PRIVATE KEY" in b64decode(item) else _SEC1
    return _item(_loaded(item).private_bytes(_PEM, form, _OPEN))


def _loaded(item: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(b64decode(item), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("this item holds no key on a curve")
    return key


def _item(pem: bytes) -> str:
    return b64encode(pem).decode()
