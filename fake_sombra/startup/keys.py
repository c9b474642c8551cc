"""How key lists are read: JWT_ECDSA_KEY, CONSENT_IDENTIFIER_ENCRYPTION_KEY, INTERNAL_KEY_HASH."""

from __future__ import annotations

import base64
import binascii

from fake_sombra.crypto.derive import derive
from fake_sombra.crypto.key_sets import REMEMBERED, KeySets
from fake_sombra.crypto.signing_key import NotASigningKey, SigningKey, read_item
from fake_sombra.startup.reading import Reader

_KEYS = "JWT_ECDSA_KEY"
_CONSENT = "CONSENT_IDENTIFIER_ENCRYPTION_KEY"
_HASHES = "INTERNAL_KEY_HASH"
_SHA256_SIZE = 32
_SHORTEST_CONSENT_KEY = 16


def read_key_sets(reader: Reader) -> KeySets | None:
    """Every item is validated, the first four are loaded; nothing when one of them cannot be used."""
    consent_keys = _consent_keys(reader)
    value = reader.required(_KEYS)
    if not value.strip():
        return None
    keys: list[SigningKey] = []
    items = value.split(",")
    for place, item in enumerate(items, start=1):
        try:
            keys.append(read_item(item))
        except NotASigningKey as problem:
            reader.refuse(_KEYS, str(problem), item=place)
    if len(keys) < len(items):
        return None
    _remark(reader, keys)
    return KeySets.of(keys, consent_keys=consent_keys)


def _remark(reader: Reader, keys: list[SigningKey]) -> None:
    seen: dict[str, int] = {}
    for place, key in enumerate(keys, start=1):
        if key.fingerprint in seen:
            first = seen[key.fingerprint]
            reader.warn(_KEYS, f"repeats item {first}; it takes one of the four places", item=place)
        seen.setdefault(key.fingerprint, place)
    for place in range(REMEMBERED + 1, len(keys) + 1):
        reader.warn(_KEYS, "is forgotten: only the first four are loaded (D-05)", item=place)


def _consent_keys(reader: Reader) -> tuple[bytes, ...]:
    value = reader.environ.get(_CONSENT)
    if value is None or not value.strip():
        return ()
    keys: list[bytes] = []
    for place, item in enumerate(value.split(","), start=1):
        decoded = _decoded(item)
        if decoded is None or len(decoded) < _SHORTEST_CONSENT_KEY:
            reader.refuse(_CONSENT, "is not standard base64 of at least 16 bytes", item=place)
        else:
            keys.append(derive(decoded, _CONSENT, 64))
    return tuple(keys)


def read_hashes(reader: Reader) -> tuple[bytes, ...]:
    """Base64 SHA-256 hashes of internal keys; any of them admits (sombra.md 6.3)."""
    value = reader.required(_HASHES)
    if not value.strip():
        return ()
    hashes: list[bytes] = []
    for place, item in enumerate(value.split(","), start=1):
        decoded = _decoded(item)
        if decoded is None or len(decoded) != _SHA256_SIZE:
            reader.refuse(
                _HASHES, "is not base64 of a SHA-256; make it with `openssl dgst -binary -sha256`", item=place
            )
        else:
            hashes.append(decoded)
    return tuple(hashes)


def _decoded(item: str) -> bytes | None:
    try:
        return base64.b64decode(item, validate=True)
    except (binascii.Error, ValueError):
        return None
