"""Rows about blobs and encryption contexts: which key made it, with what pairs, and is it whole (kms.md, 2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from harness.conformance.row import ELSEWHERE, PLAINTEXT, Mark, Row, Step, Want, refused, succeeds

_FOREIGN: Final = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access."
)
_INCORRECT: Final = "The key ID in the request does not identify a CMK that can perform this operation."
_LOCAL_WRAP: Final = bytes(range(40))
_LOCAL_JSON: Final = b'{"provider": "local", "ciphertext": "' + b"A" * 200 + b'"}'
_OPENS: Final = Want("Plaintext", "is", PLAINTEXT)
_INVALID: Final = "InvalidCiphertextException"

_KEYS = [
    refused("Decrypt", "another key named", "IncorrectKeyException", _INCORRECT, "S", change={"KeyId": "{other}"}),
    refused(
        "Decrypt",
        "a signing key named",
        "IncorrectKeyException",
        _INCORRECT,
        "S",
        change={"KeyId": "{signing}"},
    ),
    refused(
        "ReEncrypt",
        "another source key named",
        "IncorrectKeyException",
        _INCORRECT,
        "S",
        change={"SourceKeyId": "{other}"},
    ),
    refused(
        "Decrypt",
        "in another region, no key named",
        "AccessDeniedException",
        _FOREIGN,
        "I",
        change={"KeyId": None},
        region=ELSEWHERE,
    ),
    succeeds("Decrypt", "no key named", "M", _OPENS, Want("KeyId", "is", "{key}"), change={"KeyId": None}),
    succeeds("ReEncrypt", "no source key named", "M", Want("SourceKeyId", "is", "{key}"), change={"SourceKeyId": None}),
    succeeds(
        "Decrypt",
        "re-encrypted under another key",
        "D",
        _OPENS,
        change={"KeyId": "{other}", "CiphertextBlob": "{moved}"},
        before=(
            Step(
                "ReEncrypt",
                {"SourceKeyId": "{key}", "CiphertextBlob": "{blob}", "DestinationKeyId": "{other}"},
                keep={"moved": "CiphertextBlob"},
            ),
        ),
    ),
]

_DAMAGED: Final[list[tuple[str, str | bytes, Mark]]] = [
    ("a wrap of the Local KMS", _LOCAL_WRAP, "D"),
    ("a long JSON envelope", _LOCAL_JSON, "D"),
    ("a blob cut short", "{blob_cut}", "S"),
    ("a blob with its last byte changed", "{blob_flipped}", "S"),
    ("a blob with a byte more", "{blob_longer}", "S"),
    ("random bytes", bytes(range(7, 207)), "D"),
    ("6144 bytes that are no blob", bytes(range(256)) * 24, "D"),
    ("a blob with its first byte changed", "{blob_misnamed}", "U"),
]
_BLOBS = [
    refused(operation, name, _INVALID, "", mark, change={"CiphertextBlob": blob})
    for operation in ("Decrypt", "ReEncrypt")
    for name, blob, mark in _DAMAGED
] + [
    refused("Decrypt", f"{name}, no key named", _INVALID, "", mark, change={"CiphertextBlob": blob, "KeyId": None})
    for name, blob, mark in _DAMAGED
]

Pairs = Mapping[str, str]
_UNLIKE: Final[list[tuple[str, Pairs, Pairs, Mark]]] = [
    ("none given", {"ab": "c"}, {}, "S"),
    ("one where there was none", {}, {"a": "b"}, "S"),
    ("a subset", {"a": "b", "c": "d"}, {"a": "b"}, "S"),
    ("a superset", {"a": "b"}, {"a": "b", "c": "d"}, "S"),
    ("a name's case", {"tenant": "one"}, {"Tenant": "one"}, "S"),
    ("a value's case", {"tenant": "one"}, {"tenant": "One"}, "S"),
    ("values swapped", {"a": "b", "c": "d"}, {"a": "d", "c": "b"}, "S"),
    ("another normal form", {"name": "caf\u00e9"}, {"name": "cafe\u0301"}, "S"),
    ("a letter moved from name to value", {"ab": "c"}, {"a": "bc"}, "D"),
    ("a letter moved from value to name", {"a": "bc"}, {"ab": "c"}, "D"),
    ("two pairs run together", {"a": "b", "c": "d"}, {"a": "bcd"}, "D"),
    ("one pair cut in two", {"a": "bcd"}, {"a": "b", "c": "d"}, "D"),
    ("a pair of empty texts", {}, {"": ""}, "U"),
    ("a signer's public key", {"aws-crypto-public-key": "one"}, {"aws-crypto-public-key": "two"}, "D"),
]


def _sealed(pairs: Pairs) -> Step:
    asked = {"KeyId": "{key}", "Plaintext": PLAINTEXT, "EncryptionContext": pairs}
    return Step("Encrypt", asked, keep={"made": "CiphertextBlob"})


_CONTEXTS = [
    refused(
        operation,
        f"another context: {name}",
        _INVALID,
        "",
        mark,
        change={"CiphertextBlob": "{made}", member: given},
        before=(_sealed(made),),
    )
    for operation, member in (("Decrypt", "EncryptionContext"), ("ReEncrypt", "SourceEncryptionContext"))
    for name, made, given, mark in _UNLIKE
]
_ALIKE: Final[list[tuple[str, Pairs, Pairs | None]]] = [
    ("the same pairs", {"a": "b", "c": "d"}, {"a": "b", "c": "d"}),
    ("the same pairs in another order", {"a": "b", "c": "d"}, {"c": "d", "a": "b"}),
    ("none for an empty one", {}, None),
    ("texts of any script", {"\u043a\u043b\u044e\u0447": "\u9375 \U0001f511", "a\nb": "\u0000"}, None),
]
_RIGHT = [
    succeeds(
        "Decrypt",
        f"context: {name}",
        "D",
        _OPENS,
        change={"CiphertextBlob": "{made}", "EncryptionContext": made if given is None and made else given},
        before=(_sealed(made),),
    )
    for name, made, given in _ALIKE
]

ROWS: Final[tuple[Row, ...]] = (*_KEYS, *_BLOBS, *_CONTEXTS, *_RIGHT)
