"""How consent identifiers stay comparable: AES-SIV, so the same identifier under the same key is the same text.

That they are deterministic and decrypt under any loaded key is ours (fidelity.md#consent-cipher).
"""

from __future__ import annotations

import re
from base64 import b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from fake_sombra.crypto import strict_base64
from fake_sombra.crypto.key_sets import ConsentKey, KeySets
from fake_sombra.errors import BadRequest, Tampered, UnknownKey

_TEXT = re.compile(r"([0-9a-f]{16}):(.+)")
_DAMAGED = "the consent identifier's integrity check failed; store it as it was handed out"


def encrypt(key_sets: KeySets, identifier: str) -> str:
    """`fingerprint:base64` under the first key (RFC 5297); equal identifiers give equal texts."""
    try:
        plain = identifier.encode()
    except UnicodeEncodeError as error:
        raise BadRequest("a consent identifier must be text that UTF-8 can hold") from error
    first = key_sets.consent_keys[0]
    return f"{first.fingerprint}:{b64encode(AESSIV(first.secret).encrypt(plain, _bound_to(first))).decode()}"


def decrypt(key_sets: KeySets, text: str) -> str:
    """The identifier under the loaded key that the text names; raise `UnknownKey` or `Tampered`.

    The name is bound into the seal, so a text under another name than its own never opens.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise Tampered(_DAMAGED)
    fingerprint, sealed = found.groups()
    try:
        ciphertext = strict_base64.decode(sealed)
    except strict_base64.NotStrictBase64 as error:
        raise Tampered(_DAMAGED) from error
    key = next((each for each in key_sets.consent_keys if each.fingerprint == fingerprint), None)
    if key is None:
        raise UnknownKey("the key that made this consent identifier is not loaded; put it back into the list")
    try:
        return AESSIV(key.secret).decrypt(ciphertext, _bound_to(key)).decode()
    except (InvalidTag, ValueError) as error:
        raise Tampered(_DAMAGED) from error


def _bound_to(key: ConsentKey) -> list[bytes]:
    return [key.fingerprint.encode()]
