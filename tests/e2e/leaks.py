"""How a secret would look in a file, a log or an error body, and where it stands."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PIECE, _STRIDE = 12, 4  # any piece of sixteen characters holds one of these
_HEADER = 44  # what every list item shares: the base64 of the PEM's first line
_WORDS = re.compile(rb"[\w.~%+/=-]{8,}")


def found(places: Mapping[str, bytes], secrets: Mapping[str, bytes]) -> list[str]:
    """`<secret> in <place>` for each secret of which a piece stands in a place, plain, in hex or in base64."""
    words = {place: frozenset(_WORDS.findall(content)) for place, content in places.items()}
    all_words = b"\n".join(frozenset().union(*words.values()))  # most stand in several places; searched once
    leaks = []
    for name, value in secrets.items():
        pieces = [needle for needle in frozenset(_needles(value)) if needle in all_words]
        for place, content in places.items():
            if value in content or any(piece in word for piece in pieces for word in words[place]):
                leaks.append(f"{name} in {place}")
    return leaks


def of_signing_key(name: str, item: str) -> dict[str, bytes]:
    """What must not be seen of one entry of JWT_ECDSA_KEY: the item past its first line, its body, its scalar."""
    pem = b64decode(item)
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    scalar = key.private_numbers().private_value
    return {
        f"{name} item": item[_HEADER:-_HEADER].encode(),
        f"{name} body": b"".join(pem.splitlines()[1:-1]),
        f"{name} scalar": scalar.to_bytes(48, "big"),
        f"{name} number": str(scalar).encode(),
    }


def of_hash(name: str, encoded: str) -> dict[str, bytes]:
    """A base64 value and the bytes it stands for."""
    return {f"{name} text": encoded.encode(), f"{name} bytes": b64decode(encoded)}


def of_content(name: str, content: bytes) -> dict[str, bytes]:
    """Two blocks of a file's plaintext."""
    return {f"{name} at {start}": content[start : start + 16] for start in (0, len(content) // 2)}


def _needles(value: bytes) -> Iterator[bytes]:
    yield from _pieces(value)
    yield from _pieces(value.hex().encode())
    yield from _pieces(value.hex().upper().encode())
    for shift in range(3):  # base64 of a text that holds the value anywhere
        for encode in (b64encode, urlsafe_b64encode):
            yield from _pieces(encode(value[shift:])[:-4])


def _pieces(text: bytes) -> Iterable[bytes]:
    if len(text) <= _PIECE:
        return (text,) if len(text) >= 8 else ()
    return (text[at : at + _PIECE] for at in range(0, len(text) - _PIECE + 1, _STRIDE))
