"""Key material for tests: made once a run, by name, so that every test of a name means the same key."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fake_sombra.crypto.key_sets import ConsentKey, KeySets
from fake_sombra.crypto.signing_key import SigningKey


@cache
def private_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A P-384 key; its scalar follows from the name."""
    scalar = int.from_bytes(name.encode().rjust(8, b"k") * 5, "big") + 1
    return ec.derive_private_key(scalar, ec.SECP384R1())


@cache
def pem(name: str, *, is_sec1: bool = False) -> bytes:
    """The key's PEM, PKCS#8 or SEC1."""
    form = PrivateFormat.TraditionalOpenSSL if is_sec1 else PrivateFormat.PKCS8
    return private_key(name).private_bytes(Encoding.PEM, form, NoEncryption())


def item(name: str, *, is_sec1: bool = False) -> str:
    """One item of JWT_ECDSA_KEY."""
    return b64encode(pem(name, is_sec1=is_sec1)).decode()


def items(*names: str) -> str:
    """A value of JWT_ECDSA_KEY, first is current."""
    return ",".join(item(name) for name in names)


@cache
def signing_key(name: str) -> SigningKey:
    """The key as the gateway holds it."""
    return SigningKey.of(private_key(name))


@cache
def key_sets(*names: str, consent: tuple[bytes, ...] = ()) -> KeySets:
    """What a boot with these keys remembers."""
    keys = [signing_key(name) for name in names]
    return KeySets.of(keys, consent=[ConsentKey.configured(each) for each in consent])
