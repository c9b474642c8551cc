"""Rows about what a call may ask for and what an answer holds: usage, bounds, DryRun, tokens (kms.md, 2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harness.conformance.row import PLAINTEXT, Mark, Row, Want, refused, succeeds

_DRY: Final = "The request would have succeeded, but the DryRun option is set."
_SIZE_OR_SPEC: Final = "Please specify either number of bytes or key spec."
_LIMIT: Final = (
    "1 validation error detected: Value at '{}' failed to satisfy constraint: "
    "Member must have length less than or equal to {}"
)
_BEYOND: Final = (
    "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
    "Member must have value less than or equal to 1024"
)
_BELOW: Final = (
    "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: "
    "Member must have value greater than or equal to 1"
)
_NULL: Final = "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null"
_NO_USAGE: Final = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
_ENUMERATION: Final = (
    "1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: "
    "Member must satisfy enum value set: [AES_256, AES_128]"
)
_MATERIAL: Final = Want("KeyMaterialId", "form", "[0-9a-f]{64}")
_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"

_PLAIN = [
    succeeds("Encrypt", "plain", "D", Want("KeyId", "is", "{key}")),
    succeeds("Encrypt", "names its algorithm", "M", Want("EncryptionAlgorithm", "is", _SYMMETRIC)),
    succeeds("Encrypt", "the same twice gives two blobs", "D", Want("CiphertextBlob", "differs", "{blob}")),
    succeeds("Encrypt", "4096 bytes", "D", change={"Plaintext": bytes(4096)}),
    succeeds("Decrypt", "plain", "D", Want("Plaintext", "is", PLAINTEXT), Want("KeyId", "is", "{key}")),
    succeeds("Decrypt", "names its algorithm", "M", Want("EncryptionAlgorithm", "is", _SYMMETRIC)),
    succeeds("Decrypt", "names the material", "M", _MATERIAL),
    succeeds("GenerateDataKey", "AES_256", "D", Want("Plaintext", "length", 32)),
    succeeds("GenerateDataKey", "AES_128", "D", Want("Plaintext", "length", 16), change={"KeySpec": "AES_128"}),
    succeeds(
        "GenerateDataKey",
        "64 bytes",
        "D",
        Want("Plaintext", "length", 64),
        change={"KeySpec": None, "NumberOfBytes": 64},
    ),
    succeeds("GenerateDataKey", "names the material", "M", _MATERIAL),
    succeeds("GenerateDataKeyWithoutPlaintext", "plain", "D", Want("Plaintext", "absent")),
    succeeds("GenerateRandom", "32 bytes", "D", Want("Plaintext", "length", 32)),
    succeeds("GenerateRandom", "1024 bytes", "D", Want("Plaintext", "length", 1024), change={"NumberOfBytes": 1024}),
    succeeds("ReEncrypt", "plain", "D", Want("KeyId", "is", "{other}")),
    succeeds("CreateKey", "plain", "D", Want("KeyMetadata.KeySpec", "is", _SYMMETRIC)),
    succeeds("CreateAlias", "plain", "D"),
    succeeds("UpdateAlias", "plain", "D"),
    succeeds("DeleteAlias", "plain", "D", before=()),
    succeeds("ListKeys", "plain", "D"),
    succeeds("ListAliases", "plain", "D"),
]

_SIGNS = "{signing} key usage is SIGN_VERIFY which is not valid for "
_USAGE = [
    refused(
        operation,
        "a signing key",
        "InvalidKeyUsageException",
        f"{_SIGNS}{operation}.",
        "S",
        change={"KeyId": "{signing}"},
    )
    for operation in ("Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
] + [
    refused(
        "ReEncrypt",
        "into a signing key",
        "InvalidKeyUsageException",
        f"{_SIGNS}ReEncrypt.",
        "S",
        change={"DestinationKeyId": "{signing}"},
    ),
    refused(
        "Encrypt",
        "an algorithm of RSA keys",
        "InvalidKeyUsageException",
        None,
        "M",
        change={"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
    ),
]

_OUT_OF_BOUNDS: Final[list[tuple[str, str, Mapping[str, Any], str | None, Mark]]] = [
    ("Encrypt", "4097 bytes", {"Plaintext": bytes(4097)}, _LIMIT.format("plaintext", 4096), "S"),
    ("Encrypt", "nothing", {"Plaintext": b""}, None, "D"),
    ("Decrypt", "a blob of 6145 bytes", {"CiphertextBlob": bytes(6145)}, _LIMIT.format("ciphertextBlob", 6144), "M"),
    ("Decrypt", "an empty blob", {"CiphertextBlob": b""}, None, "D"),
    ("GenerateRandom", "1025 bytes", {"NumberOfBytes": 1025}, _BEYOND, "S"),
    ("GenerateRandom", "0 bytes", {"NumberOfBytes": 0}, _BELOW, "S"),
    ("GenerateRandom", "no number of bytes", {"NumberOfBytes": None}, "NumberOfBytes is required.", "S"),
    ("GenerateDataKey", "0 bytes", {"KeySpec": None, "NumberOfBytes": 0}, _BELOW, "D"),
    ("Encrypt", "no key", {"KeyId": None}, _NULL.format("keyId"), "D"),
    ("Encrypt", "an empty key id", {"KeyId": ""}, None, "M"),
    ("Encrypt", "a key id of 2049 characters", {"KeyId": "k" * 2049}, None, "M"),
    ("Encrypt", "an unknown algorithm", {"EncryptionAlgorithm": "ROT13"}, None, "M"),
    ("Encrypt", "eleven grant tokens", {"GrantTokens": ["bm90"] * 11}, None, "M"),
    ("CreateKey", "an HMAC key without usage", {"KeySpec": "HMAC_256"}, _NO_USAGE, "S"),
    ("CreateKey", "an unknown usage", {"KeySpec": "HMAC_256", "KeyUsage": "RANDOM"}, None, "S"),
    ("ListKeys", "a page of 1001", {"Limit": 1001}, None, "M"),
    ("EnableKeyRotation", "every 89 days", {"RotationPeriodInDays": 89}, None, "M"),
    ("CreateGrant", "an operation that cannot be granted", {"Operations": ["Encrypt", "PutKeyPolicy"]}, None, "M"),
    ("GenerateDataKey", "neither size nor spec", {"KeySpec": None}, _SIZE_OR_SPEC, "D"),
    ("GenerateDataKey", "size and spec", {"NumberOfBytes": 32}, _SIZE_OR_SPEC, "D"),
    ("GenerateDataKey", "an unknown spec", {"KeySpec": "AES_512"}, _ENUMERATION, "D"),
    ("GenerateDataKey", "1025 bytes", {"KeySpec": None, "NumberOfBytes": 1025}, _BEYOND, "D"),
    ("GenerateDataKeyWithoutPlaintext", "1025 bytes", {"NumberOfBytes": 1025}, _BEYOND, "D"),
    (
        "CreateKey",
        "a signing spec for encryption",
        {"KeySpec": "ECC_NIST_P384", "KeyUsage": "ENCRYPT_DECRYPT"},
        None,
        "D",
    ),
    ("CreateKey", "an asymmetric key without usage", {"KeySpec": "RSA_2048"}, _NO_USAGE, "S"),
]
_BOUNDS = [
    refused(operation, name, "ValidationException", text, mark, change=change)
    for operation, name, change, text, mark in _OUT_OF_BOUNDS
]

_DRY_RUNS = [
    refused(operation, "DryRun", "DryRunOperationException", _DRY, "S", change={"DryRun": True})
    for operation in (
        "Encrypt",
        "Decrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncrypt",
        "Sign",
        "GenerateMac",
        "CreateGrant",
    )
] + [
    refused(
        "Decrypt",
        "DryRun, another key named",
        "IncorrectKeyException",
        None,
        "D",
        change={"DryRun": True, "KeyId": "{other}"},
    ),
]
_TOKENS = [
    refused(
        operation,
        "a grant token nobody made",
        "InvalidGrantTokenException",
        None,
        "M",
        change={"GrantTokens": ["bm90IGEgdG9rZW4="]},
    )
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey")
]

ROWS: Final[tuple[Row, ...]] = (*_PLAIN, *_USAGE, *_BOUNDS, *_DRY_RUNS, *_TOKENS)
