"""How secrets travel between a browser and a gateway: under keys that an ECDH exchange on P-384 gives both sides."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fake_sombra.crypto.cipher import Random, seal, unpack
from fake_sombra.errors import BadRequest, SignatureInvalid, Tampered

_LONGEST = 16 << 10


def rewrap_for_session(
    private: ec.EllipticCurvePrivateKey, browser_public_der: bytes, cek: bytes, *, random: Random
) -> dict[str, object]:
    """`{"decryptionContext": {wrappedKey, authTag, iv}, "publicKeyECDH"}`, all base64 (sombra.md 4.6).

    Raise `BadRequest` when the browser's key is not SPKI DER on P-384.
    """
    sealed = seal(_shared(private, browser_public_der, b"rewrap-for-session"), cek, random=random)
    parts = {"wrappedKey": sealed.ciphertext, "authTag": sealed.tag, "iv": sealed.iv}
    context = {name: b64encode(part).decode() for name, part in parts.items()}
    return {"decryptionContext": context, "publicKeyECDH": public_key_text(private)}


def public_key_text(private: ec.EllipticCurvePrivateKey) -> str:
    """The public half as base64 of its SPKI DER: `publicKeyECDH`."""
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


@dataclass(frozen=True, slots=True)
class FromBrowser:
    """What a browser sent towards a `publicKeyECDH`: its session, its own key, and the key of ours that opened it."""

    session: str = field(repr=False)
    public_key: bytes
    private: ec.EllipticCurvePrivateKey = field(repr=False)


def open_from_browser(privates: Sequence[ec.EllipticCurvePrivateKey], dh_encrypted: str) -> FromBrowser:
    """Open `base64(SPKI DER of the browser's key) + "." + base64(iv‖ciphertext‖tag of its session)` (`dhEncrypted`).

    Every key is tried, for a browser may have fetched the public one before a rotation. Raise `BadRequest`,
    or `SignatureInvalid` when none opens it.
    """
    public_text, separator, packed_text = dh_encrypted.partition(".")
    try:
        public_key, packed = b64decode(public_text, validate=True), b64decode(packed_text, validate=True)
    except ValueError as error:
        raise BadRequest("dhEncrypted is not two base64 texts with a dot between them") from error
    if not separator or len(dh_encrypted) > _LONGEST:
        raise BadRequest("dhEncrypted is not two base64 texts with a dot between them, or is over 16 KiB")
    for private in privates:
        try:
            session = unpack(_shared(private, public_key, b"dh-encrypted"), packed).decode()
        except (Tampered, UnicodeDecodeError):
            continue
        return FromBrowser(session, public_key, private)
    raise SignatureInvalid("dhEncrypted opens under no loaded key; fetch publicKeyECDH again and log in once more")


def _shared(private: ec.EllipticCurvePrivateKey, public_der: bytes, purpose: bytes) -> bytes:
    secret = private.exchange(ec.ECDH(), _public_key(public_der))
    return HKDF(hashes.SHA384(), 32, salt=None, info=purpose).derive(secret)


def _public_key(der: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadRequest("publicKey is not a public key; send the SPKI DER of a P-384 key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP384R1):
        raise BadRequest("publicKey is not on P-384; make the browser's key on P-384")
    return key
