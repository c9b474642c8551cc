"""How key lists are read: JWT_ECDSA_KEY, CONSENT_IDENTIFIER_ENCRYPTION_KEY, INTERNAL_KEY_HASH."""

from __future__ import annotations

from collections.abc import Sequence

from fake_sombra.crypto import strict_base64
from fake_sombra.crypto.key_sets import REMEMBERED, ConsentKey, KeySets
from fake_sombra.crypto.signing_key import NotASigningKey, SigningKey, read_item
from fake_sombra.startup.reading import Reader

_KEYS = "JWT_ECDSA_KEY"
_CONSENT = "CONSENT_IDENTIFIER_ENCRYPTION_KEY"
_HASHES = "INTERNAL_KEY_HASH"
_SHA256_SIZE = 32
_SHORTEST_CONSENT_KEY = 16


def read_key_sets(reader: Reader) -> KeySets | None:
    """Every item is validated, the first four are loaded; None when one of them cannot be used."""
    consent = _consent_keys(reader)
    value = reader.required(_KEYS, "give base64 of a P-384 private key's PEM, the newest first (G-10)")
    if value is None:
        return None
    items = reader.items(value)
    keys: list[SigningKey] = []
    for place, item in items:
        try:
            keys.append(read_item(item))
        except NotASigningKey as problem:
            reader.refuse(_KEYS, str(problem), item=place)
    if len(keys) < len(items):
        return None
    _remark(reader, keys)
    return KeySets.of(keys, consent=consent)


def read_hashes(reader: Reader) -> tuple[bytes, ...]:
    """SHA-256 of each internal key; any of them admits (sombra.md 2.2)."""
    value = reader.required(_HASHES, "give base64 of the SHA-256 of the internal key")
    if value is None:
        return ()
    hashes: list[bytes] = []
    for place, item in reader.items(value):
        found = _decoded(reader, _HASHES, item, place)
        if found is None:
            continue
        if len(found) != _SHA256_SIZE:
            advice = "make it with `openssl dgst -binary -sha256 | openssl base64`"
            reader.refuse(_HASHES, f"is base64, but not of a SHA-256's 32 bytes; {advice}", item=place)
        hashes.append(found)
    return tuple(hashes)


def _remark(reader: Reader, keys: Sequence[SigningKey]) -> None:
    seen: dict[str, int] = {}
    for place, key in enumerate(keys, start=1):
        first = seen.setdefault(key.fingerprint, place)
        if first != place:
            message = f"repeats item {first} and takes one of the {REMEMBERED} places; remove it"
            reader.warn(_KEYS, message, item=place)
    for place in range(REMEMBERED + 1, len(keys) + 1):
        message = f"is forgotten, for only the first {REMEMBERED} are loaded; what it made does not open (D-05)"
        reader.warn(_KEYS, message, item=place)


def _consent_keys(reader: Reader) -> tuple[ConsentKey, ...]:
    value = reader.environ.get(_CONSENT)
    if value is None:
        return ()
    if not value.strip():
        reader.warn(_CONSENT, "is empty; the keys derived from JWT_ECDSA_KEY are used, so unset it or give a key")
        return ()
    keys: list[ConsentKey] = []
    for place, item in reader.items(value):
        found = _decoded(reader, _CONSENT, item, place)
        if found is None:
            continue
        if len(found) < _SHORTEST_CONSENT_KEY:
            message = f"is shorter than {_SHORTEST_CONSENT_KEY} bytes; give base64 of random bytes"
            reader.refuse(_CONSENT, message, item=place)
        keys.append(ConsentKey.configured(found))
    return tuple(keys)


def _decoded(reader: Reader, variable: str, item: str, place: int) -> bytes | None:
    """The bytes of an item; None when it was refused."""
    if not item:
        reader.refuse(variable, "is empty; remove the surplus comma", item=place)
        return None
    try:
        return strict_base64.decode(item)
    except strict_base64.NotStrictBase64 as problem:
        reader.refuse(variable, str(problem), item=place)
        return None
