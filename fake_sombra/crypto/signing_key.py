"""What one item of JWT_ECDSA_KEY must be: base64 of the PEM of an unencrypted P-384 private key (sombra.md 2.1)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from fake_sombra.crypto import strict_base64

SCALAR_SIZE = 48

_COMMAND = "`openssl ecparam -genkey -name secp384r1 -noout | base64 --wrap=0`"
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----\s*")
_ENCODED_PEM = b"LS0tLS1"  # base64 of "-----", give or take the bits of the next character
_ENCRYPTED = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED")
_OTHER_PEMS = {
    b"PUBLIC KEY": "a public key",
    b"RSA PUBLIC KEY": "a public key",
    b"CERTIFICATE": "a certificate",
    b"EC PARAMETERS": "only the parameters of a curve",
}


class NotASigningKey(ValueError):
    """An item that cannot be used; the text says what it is instead, and never shows it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One P-384 private key, known to the outside by its fingerprint only."""

    fingerprint: str
    public_pem: str = field(repr=False)
    private_key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, private_key: ec.EllipticCurvePrivateKey) -> SigningKey:
        """Wrap a key object; the fingerprint is the first 16 hex digits of SHA-256 over the SPKI DER."""
        public = private_key.public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        der = public.public_bytes(serialization.Encoding.DER, form)
        pem = public.public_bytes(serialization.Encoding.PEM, form).decode()
        return cls(hashlib.sha256(der).hexdigest()[:16], pem, private_key)

    @property
    def scalar(self) -> bytes:
        """The private scalar, 48 bytes big endian: the entropy of the Local root (sombra.md 3.2)."""
        return self.private_key.private_numbers().private_value.to_bytes(SCALAR_SIZE, "big")


def read_item(item: str) -> SigningKey:
    """Read one item of the list; raise `NotASigningKey` naming what is wrong with it."""
    if not item:
        raise NotASigningKey("is empty; remove the surplus comma")
    if item.lstrip().startswith("-----BEGIN"):
        raise NotASigningKey("is a bare PEM; encode it once with `base64 --wrap=0`")
    try:
        pem = strict_base64.decode(item)
    except strict_base64.NotStrictBase64 as error:
        raise NotASigningKey(str(error)) from error
    if pem.lstrip().startswith(_ENCODED_PEM):
        raise NotASigningKey("is base64 of base64; encode the PEM only once")
    return SigningKey.of(_private_key(pem))


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    _check_pem(pem)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotASigningKey(
            f"is a PEM that cannot be read as a private key; make one with {_COMMAND}"
        ) from None  # a parser's text may quote its input
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise NotASigningKey(f"is {_kind(key)}; make a P-384 key with {_COMMAND}")
    if not isinstance(key.curve, ec.SECP384R1):
        raise NotASigningKey(f"is on the curve {key.curve.name}, not P-384; make one with {_COMMAND}")
    return key


def _check_pem(pem: bytes) -> None:
    if any(mark in pem for mark in _ENCRYPTED):
        raise NotASigningKey("is an encrypted private key; store it without a passphrase")
    found = _PEM.match(pem)
    if found is None:
        raise NotASigningKey(f"does not decode to a PEM; make one with {_COMMAND}")
    label = found[1]
    if label in _OTHER_PEMS:
        raise NotASigningKey(f"is {_OTHER_PEMS[label]}, not a private key; put the private key's PEM there")
    if not label.endswith(b"PRIVATE KEY"):
        raise NotASigningKey(f"is a PEM of another kind, not a private key; make one with {_COMMAND}")
    if found.end() != len(pem):
        raise NotASigningKey("holds more than one PEM block or text behind it; keep the private key alone")


def _kind(key: object) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "an RSA key"
    if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return "an Edwards-curve key"
    return "a key of another kind"
