"""What RSA and elliptic curve keys do, on PKCS #8 bytes; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

_Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_HASHES: Final[Mapping[str, Callable[[], hashes.HashAlgorithm]]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
_CURVES: Final[Mapping[str, Callable[[], ec.EllipticCurve]]] = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
_EXPONENT: Final = 65537


class WrongLength(ValueError):
    """A digest has not the length its algorithm makes."""


def generated(spec: str) -> bytes:
    """A fresh private key of a spec."""
    made: _Private = (
        ec.generate_private_key(_CURVES[spec]())
        if spec in _CURVES
        else rsa.generate_private_key(_EXPONENT, int(spec.removeprefix("RSA_")))
    )
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def signed(secret: bytes, algorithm: str, message: bytes, *, is_digest: bool) -> bytes:
    """Sign as AWS does; ECDSA's signature is in DER. Raises `WrongLength`."""
    private, hashed = _loaded(secret), _hashed(algorithm, message, is_digest=is_digest)
    how = utils.Prehashed(_hash_of(algorithm))
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(hashed, _padding(algorithm), how)
    return private.sign(hashed, ec.ECDSA(how))


def is_signature(signature: bytes, secret: bytes, algorithm: str, message: bytes, *, is_digest: bool) -> bool:
    """Whether a signature is this key's over the message; raises `WrongLength`."""
    private, hashed = _loaded(secret), _hashed(algorithm, message, is_digest=is_digest)
    how = utils.Prehashed(_hash_of(algorithm))
    try:
        if isinstance(private, rsa.RSAPrivateKey):
            private.public_key().verify(signature, hashed, _padding(algorithm), how)
        else:
            private.public_key().verify(signature, hashed, ec.ECDSA(how))
    except InvalidSignature:
        return False
    return True


def public_of(secret: bytes) -> bytes:
    """The public key, DER of SubjectPublicKeyInfo."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _loaded(secret).public_key().public_bytes(serialization.Encoding.DER, form)


def _loaded(secret: bytes) -> _Private:
    found = serialization.load_der_private_key(secret, None)
    if not isinstance(found, _Private):
        raise TypeError("a key material is neither RSA nor of an elliptic curve")
    return found


def _hash_of(algorithm: str) -> hashes.HashAlgorithm:
    return _HASHES[algorithm.rpartition("_")[2]]()


def _hashed(algorithm: str, message: bytes, *, is_digest: bool) -> bytes:
    how = _hash_of(algorithm)
    if is_digest:
        if len(message) != how.digest_size:
            raise WrongLength
        return message
    summed = hashes.Hash(how)
    summed.update(message)
    return summed.finalize()


def _padding(algorithm: str) -> padding.AsymmetricPadding:
    """PSS' salt is as long as the digest, as AWS has it."""
    if "PKCS1" in algorithm:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(_hash_of(algorithm)), padding.PSS.DIGEST_LENGTH)
