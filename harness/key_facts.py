"""What may be known of a key list without showing it: place, fingerprint, or why an entry cannot be used.

Written without a look at the gateway's own reading of the list; a test compares the two.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

REMEMBERED = 4
"""How many entries Sombra loads; the fifth and later are forgotten (D-05)."""

DOCUMENTED_PREFIX = "LS0tLS1CRUdJT"
"""What each entry begins with, by the documentation; public keys and RSA keys pass it too (F06)."""

_QUOTES = "\"'`"
_PEM_LABEL = re.compile(rb"\s*-----BEGIN ([A-Z0-9 ]{1,40})-----")


class KeyFault(StrEnum):
    """Why an entry of JWT_ECDSA_KEY cannot sign with ES384; the value is the tail of a finding's id."""

    EMPTY = "empty"
    WHITE_SPACE = "white-space"
    QUOTED = "quoted"
    WRAPPED = "wrapped"
    BARE_PEM = "bare-pem"
    NOT_BASE64 = "not-base64"
    ENCODED_TWICE = "encoded-twice"
    NOT_PEM = "not-pem"
    PUBLIC = "public"
    CERTIFICATE = "certificate"
    PARAMETERS = "parameters"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"
    WRONG_KIND = "wrong-kind"
    WRONG_CURVE = "wrong-curve"


_BY_PEM_LABEL = {
    "PUBLIC KEY": KeyFault.PUBLIC,
    "EC PUBLIC KEY": KeyFault.PUBLIC,
    "RSA PUBLIC KEY": KeyFault.PUBLIC,
    "CERTIFICATE": KeyFault.CERTIFICATE,
    "TRUSTED CERTIFICATE": KeyFault.CERTIFICATE,
    "X509 CERTIFICATE": KeyFault.CERTIFICATE,
    "EC PARAMETERS": KeyFault.PARAMETERS,
    "ENCRYPTED PRIVATE KEY": KeyFault.ENCRYPTED,
}


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry, counted from 1: its fingerprint, or its fault and what it is instead; never its value.

    `fingerprint` is the first 16 hex digits of SHA-256 over the public key's SPKI DER (docs/wire.md).
    """

    position: int
    fingerprint: str | None = None
    fault: KeyFault | None = None
    kind: str = ""
    passes_prefix_check: bool = False


def key_entries(value: str) -> tuple[KeyEntry, ...]:
    """Read every entry of a JWT_ECDSA_KEY value, the first being the current one."""
    return tuple(_entry(place, text) for place, text in enumerate(value.split(","), start=1))


@lru_cache(maxsize=256)  # a rehearsal reads the same few entries at every start
def _entry(position: int, text: str) -> KeyEntry:
    passes = text.startswith(DOCUMENTED_PREFIX)
    fault = _fault_of_text(text)
    if fault is not None:
        return KeyEntry(position, fault=fault, passes_prefix_check=passes)
    pem = base64.b64decode(text)
    fault = _fault_of_pem(pem)
    if fault is not None:
        return KeyEntry(position, fault=fault, passes_prefix_check=passes)
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return KeyEntry(position, fault=KeyFault.UNREADABLE, passes_prefix_check=passes)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey").removeprefix("_")
        return KeyEntry(position, fault=KeyFault.WRONG_KIND, kind=kind, passes_prefix_check=passes)
    if key.curve.name != "secp384r1":
        return KeyEntry(position, fault=KeyFault.WRONG_CURVE, kind=key.curve.name, passes_prefix_check=passes)
    return KeyEntry(position, fingerprint=_fingerprint(key.public_key()), passes_prefix_check=passes)


def _fault_of_text(text: str) -> KeyFault | None:
    if not text.strip():
        return KeyFault.EMPTY
    signs = (
        (KeyFault.BARE_PEM, "-----BEGIN" in text),
        (KeyFault.WHITE_SPACE, text.split() != [text]),
        (KeyFault.QUOTED, text[0] in _QUOTES or text[-1] in _QUOTES),
        (KeyFault.WRAPPED, "\\n" in text or "\\r" in text),
        (KeyFault.NOT_BASE64, not _is_standard_base64(text)),
    )
    return next((fault for fault, present in signs if present), None)


def _is_standard_base64(text: str) -> bool:
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return base64.b64encode(decoded).decode() == text


def _fault_of_pem(pem: bytes) -> KeyFault | None:
    if pem.lstrip().startswith(b"LS0tLS1"):
        return KeyFault.ENCODED_TWICE
    found = _PEM_LABEL.match(pem)
    if found is None:
        return KeyFault.NOT_PEM
    label = found.group(1).decode()
    if label in _BY_PEM_LABEL:
        return _BY_PEM_LABEL[label]
    if b"4,ENCRYPTED" in pem:
        return KeyFault.ENCRYPTED
    return None if label.endswith("PRIVATE KEY") else KeyFault.NOT_PEM


def _fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()[:16]
