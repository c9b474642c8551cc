"""What one item of JWT_ECDSA_KEY must be: base64 of the PEM of an unencrypted P-384 private key (sombra.md 2.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

_STANDARD = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_PEM = re.compile(rb"\s*-----BEGIN ([A-Z0-9 ]+)-----")


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
        return self.private_key.private_numbers().private_value.to_bytes(48, "big")


def read_item(item: str) -> SigningKey:
    """Read one item of the list; raise `NotASigningKey` naming what is wrong with it."""
    if not item:
        raise NotASigningKey("is empty; remove the surplus comma")
    if item != "".join(item.split()):
        raise NotASigningKey("holds white space; encode with `base64 --wrap=0` and put nothing around commas")
    if not _STANDARD.fullmatch(item):
        raise NotASigningKey("is not standard padded base64; encode the PEM with `base64 --wrap=0`")
    try:
        pem = base64.b64decode(item, validate=True)
    except binascii.Error as error:
        raise NotASigningKey(
            "is not standard padded base64; encode the PEM with `base64 --wrap=0`"
        ) from error
    if pem.lstrip().startswith(b"LS0tLS1"):
        raise NotASigningKey("is base64-encoded twice; encode the PEM once")
    return SigningKey.of(_private_key(pem))


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    header = _PEM.match(pem)
    if header is None:
        raise NotASigningKey("does not decode to a PEM; encode the file that `openssl ecparam -genkey` wrote")
    label = header.group(1).decode()
    if "PRIVATE KEY" not in label:
        raise NotASigningKey(f"is a {label.lower()}, not a private key")
    if label.startswith("ENCRYPTED") or b"ENCRYPTED" in pem:
        raise NotASigningKey("is an encrypted private key; store it without a passphrase")
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotASigningKey("is a PEM that cannot be read as a private key; generate it again") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise NotASigningKey(f"is {_kind(key)}; an EC key on P-384 (secp384r1) is needed")
    if not isinstance(key.curve, ec.SECP384R1):
        raise NotASigningKey(f"is on curve {key.curve.name}; P-384 (secp384r1) is needed")
    return key


def _kind(key: object) -> str:
    if isinstance(key, rsa.RSAPrivateKey):
        return "an RSA key"
    if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return "an Edwards-curve key"
    return "a key of another kind"
