"""How a CEK travels to a data subject's browser: under a key that an ECDH exchange on P-384 gives both sides."""

from __future__ import annotations

from base64 import b64encode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fake_sombra.crypto.cipher import Random, seal
from fake_sombra.errors import BadRequest


def rewrap_for_session(
    private: ec.EllipticCurvePrivateKey, browser_public_der: bytes, cek: bytes, *, random: Random
) -> dict[str, object]:
    """`{"decryptionContext": {wrappedKey, authTag, iv}, "publicKeyECDH"}`, all base64 (sombra.md 4.6).

    Raise `BadRequest` when the browser's key is not SPKI DER on P-384.
    """
    secret = private.exchange(ec.ECDH(), _public_key(browser_public_der))
    kek = HKDF(hashes.SHA384(), 32, salt=None, info=b"rewrap-for-session").derive(secret)
    sealed = seal(kek, cek, random=random)
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    parts = {"wrappedKey": sealed.ciphertext, "authTag": sealed.tag, "iv": sealed.iv}
    context = {name: b64encode(part).decode() for name, part in parts.items()}
    return {"decryptionContext": context, "publicKeyECDH": b64encode(der).decode()}


def _public_key(der: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadRequest("publicKey is not a public key; send the SPKI DER of a P-384 key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP384R1):
        raise BadRequest("publicKey is not on P-384; make the browser's key on P-384")
    return key
