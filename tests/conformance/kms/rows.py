"""What AWS KMS answers, as data: one row a probe, spelled as in kms.md sections 2 and 4.

Marks as there: S recorded from AWS, M the service model, D documentation, I a public issue, U our decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_sombra.kms import Kms
from tests.unit.fake_sombra.kms.bench import (
    ACCOUNT,
    ALIAS,
    ARN,
    ELSEWHERE,
    KEY_ID,
    MISSING,
    OTHER,
    PLAINTEXT,
    PRINCIPAL,
    REGION,
    SIGNING,
    STRANGER,
)

BLOB: Final = object()
"""Stands for a blob made under the first key with no context."""

CONTEXT_BLOB: Final = object()
"""Stands for a blob made under the first key with the context {"ab": "c"}."""

FOREIGN: Final = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access."
)
INCORRECT: Final = "The key ID in the request does not identify a CMK that can perform this operation."
DRY: Final = "The request would have succeeded, but the DryRun option is set."
SIZE_OR_SPEC: Final = "Please specify either number of bytes or key spec."
LIMIT: Final = (
    "1 validation error detected: Value at '{}' failed to satisfy constraint: "
    "Member must have length less than or equal to {}"
)
DIFFERENT_REGION: Final = ARN.replace(REGION, ELSEWHERE)
DIFFERENT_ACCOUNT: Final = ARN.replace(ACCOUNT, STRANGER)
LOCAL_WRAP: Final = bytes(range(40))
ON_KEY: Final[Mapping[str, Any]] = {"KeyId": ARN}


@dataclass(frozen=True, slots=True)
class Row:
    """A happy call of HAPPY, what is changed about it or the world, and how AWS then refuses."""

    name: str
    operation: str
    code: str
    message: str | None
    mark: str
    change: Mapping[str, Any] = field(default_factory=dict)
    arrange: Callable[[Kms], object] = lambda _: None
    region: str = REGION


HAPPY: Final[Mapping[str, Mapping[str, Any]]] = {
    "Encrypt": {**ON_KEY, "Plaintext": PLAINTEXT},
    "Decrypt": {**ON_KEY, "CiphertextBlob": BLOB},
    "GenerateDataKey": {**ON_KEY, "KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {**ON_KEY, "NumberOfBytes": 64},
    "GenerateRandom": {"NumberOfBytes": 32},
    "ReEncrypt": {"SourceKeyId": ARN, "CiphertextBlob": BLOB, "DestinationKeyId": OTHER},
    "DescribeKey": ON_KEY,
    "EnableKey": ON_KEY,
    "DisableKey": ON_KEY,
    "ScheduleKeyDeletion": {**ON_KEY, "PendingWindowInDays": 7},
    "RotateKeyOnDemand": ON_KEY,
    "GetKeyRotationStatus": ON_KEY,
    "EnableKeyRotation": ON_KEY,
    "DisableKeyRotation": ON_KEY,
    "CreateAlias": {"AliasName": "alias/new", "TargetKeyId": ARN},
    "UpdateAlias": {"AliasName": "alias/gateway", "TargetKeyId": OTHER},
    "DeleteAlias": {"AliasName": "alias/gateway"},
    "ListKeys": {},
    "ListAliases": {},
    "CreateKey": {},
}


def _state(state: str, arn: str = ARN) -> Callable[[Kms], object]:
    return lambda kms: kms.set_state(arn, state)


def _without(action: str) -> Callable[[Kms], object]:
    return lambda kms: kms.deny(action)


def _denied(action: str, resource: str) -> str:
    return (
        f"User: {PRINCIPAL} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


_IDENTIFIERS = [
    ("a key that does not exist, by ARN", MISSING, f"Key '{MISSING}' does not exist", "S"),
    ("a key that does not exist, by id", MISSING.rpartition("/")[2], f"Key '{MISSING}' does not exist", "S"),
    ("a malformed key id", "no-such-shape", "Invalid keyId 'no-such-shape'", "S"),
    ("an ARN of another service", "arn:aws:s3:::bucket", "Invalid keyId 'arn:aws:s3:::bucket'", "U"),
    ("an ARN of another region", DIFFERENT_REGION, f"Invalid arn {ELSEWHERE}", "S"),
    (
        "an alias that does not exist",
        "alias/none",
        f"Alias {ALIAS.replace('gateway', 'none')} is not found.",
        "D",
    ),
]
IDENTIFIER_ROWS: Final = [
    Row(f"{operation}: {name}", operation, "NotFoundException", text, mark, change={"KeyId": identifier})
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey")
    for name, identifier, text, mark in _IDENTIFIERS
]

ACCOUNT_ROWS: Final = [
    Row(
        f"{operation}: a key of another account",
        operation,
        "AccessDeniedException",
        f"User: {PRINCIPAL} is not authorized to perform: kms:{operation} on resource: {DIFFERENT_ACCOUNT} "
        f"because no resource-based policy allows the kms:{operation} action",
        "D",
        change={"KeyId": DIFFERENT_ACCOUNT},
        arrange=lambda kms: kms.add_key(DIFFERENT_ACCOUNT),
    )
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey", "DisableKey")
]

_USES = {
    "Encrypt": "kms:Encrypt",
    "Decrypt": "kms:Decrypt",
    "GenerateDataKey": "kms:GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext": "kms:GenerateDataKeyWithoutPlaintext",
    "ReEncrypt": "kms:ReEncryptFrom",
    "RotateKeyOnDemand": "kms:RotateKeyOnDemand",
    "EnableKeyRotation": "kms:EnableKeyRotation",
    "DisableKeyRotation": "kms:DisableKeyRotation",
}
_STATES = [
    ("Disabled", "DisabledException", f"{ARN} is disabled.", "S"),
    ("PendingDeletion", "KMSInvalidStateException", f"{ARN} is pending deletion.", "S"),
    ("PendingImport", "KMSInvalidStateException", f"{ARN} is pending import.", "S"),
    ("Unavailable", "KMSInvalidStateException", f"{ARN} is unavailable.", "U"),
]
STATE_ROWS: Final = [
    Row(f"{operation}: key {state}", operation, code, text, mark, arrange=_state(state))
    for operation in _USES
    for state, code, text, mark in _STATES
] + [
    Row(
        f"{operation}: key PendingDeletion",
        operation,
        "KMSInvalidStateException",
        f"{ARN} is pending deletion.",
        "D",
        arrange=_state("PendingDeletion"),
    )
    for operation in ("EnableKey", "DisableKey", "ScheduleKeyDeletion", "CreateAlias", "GetKeyRotationStatus")
]

DENY_ROWS: Final = [
    Row(
        f"{operation}: {action} denied",
        operation,
        "AccessDeniedException",
        _denied(action, resource),
        "I",
        arrange=_without(action),
    )
    for operation, action, resource in [
        *((operation, action, ARN) for operation, action in _USES.items()),
        ("ReEncrypt", "kms:ReEncryptTo", OTHER),
        ("DescribeKey", "kms:DescribeKey", ARN),
        ("EnableKey", "kms:EnableKey", ARN),
        ("DisableKey", "kms:DisableKey", ARN),
        ("ScheduleKeyDeletion", "kms:ScheduleKeyDeletion", ARN),
        ("GetKeyRotationStatus", "kms:GetKeyRotationStatus", ARN),
        ("CreateAlias", "kms:CreateAlias", ARN),
        ("UpdateAlias", "kms:UpdateAlias", OTHER),
        ("DeleteAlias", "kms:DeleteAlias", ARN),
        ("GenerateRandom", "kms:GenerateRandom", "*"),
        ("CreateKey", "kms:CreateKey", "*"),
        ("ListKeys", "kms:ListKeys", "*"),
        ("ListAliases", "kms:ListAliases", "*"),
    ]
]

BLOB_ROWS: Final = [
    Row("another key named", "Decrypt", "IncorrectKeyException", INCORRECT, "S", change={"KeyId": OTHER}),
    Row(
        "another source key named",
        "ReEncrypt",
        "IncorrectKeyException",
        INCORRECT,
        "S",
        change={"SourceKeyId": OTHER},
    ),
    Row(
        "alias repointed after the blob was made",
        "Decrypt",
        "IncorrectKeyException",
        INCORRECT,
        "M",
        change={"KeyId": ALIAS},
        arrange=lambda kms: kms.add_alias(ALIAS, OTHER),
    ),
    Row(
        "in another region, no key named",
        "Decrypt",
        "AccessDeniedException",
        FOREIGN,
        "I",
        change={"KeyId": None},
        region=ELSEWHERE,
    ),
    Row(
        "key deleted, no key named",
        "Decrypt",
        "AccessDeniedException",
        FOREIGN,
        "I",
        change={"KeyId": None},
        arrange=lambda kms: kms.forget(ARN),
    ),
    Row(
        "key deleted, named",
        "Decrypt",
        "NotFoundException",
        f"Key '{ARN}' does not exist",
        "S",
        arrange=lambda kms: kms.forget(ARN),
    ),
    Row(
        "a 40-byte wrap of the Local KMS",
        "Decrypt",
        "InvalidCiphertextException",
        "",
        "D",
        change={"CiphertextBlob": LOCAL_WRAP},
    ),
    Row(
        "a long JSON envelope",
        "Decrypt",
        "InvalidCiphertextException",
        "",
        "D",
        change={"CiphertextBlob": b'{"provider": "local", "ciphertext": "' + b"A" * 200 + b'"}'},
    ),
    Row(
        "a Local wrap, no key named",
        "Decrypt",
        "InvalidCiphertextException",
        "",
        "D",
        change={"CiphertextBlob": LOCAL_WRAP, "KeyId": None},
    ),
    Row(
        "a context where there was none",
        "Decrypt",
        "InvalidCiphertextException",
        "",
        "S",
        change={"EncryptionContext": {"a": "b"}},
    ),
    Row(
        "a context missing",
        "Decrypt",
        "InvalidCiphertextException",
        "",
        "S",
        change={"CiphertextBlob": CONTEXT_BLOB},
    ),
    Row(
        "a letter moved from name to value",
        "Decrypt",
        "InvalidCiphertextException",
        "",
        "D",
        change={"CiphertextBlob": CONTEXT_BLOB, "EncryptionContext": {"a": "bc"}},
    ),
    Row(
        "another source context",
        "ReEncrypt",
        "InvalidCiphertextException",
        "",
        "S",
        change={"SourceEncryptionContext": {"a": "b"}},
    ),
]

USAGE_ROWS: Final = [
    Row(
        f"{operation}: a signing key",
        operation,
        "InvalidKeyUsageException",
        f"{SIGNING} key usage is SIGN_VERIFY which is not valid for {operation}.",
        "S",
        change={"KeyId": SIGNING},
    )
    for operation in ("Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")
] + [
    Row(
        "ReEncrypt: into a signing key",
        "ReEncrypt",
        "InvalidKeyUsageException",
        f"{SIGNING} key usage is SIGN_VERIFY which is not valid for ReEncrypt.",
        "S",
        change={"DestinationKeyId": SIGNING},
    ),
    Row(
        "Encrypt: an algorithm of RSA keys",
        "Encrypt",
        "InvalidKeyUsageException",
        None,
        "M",
        change={"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
    ),
    Row(
        "RotateKeyOnDemand: a signing key",
        "RotateKeyOnDemand",
        "UnsupportedOperationException",
        None,
        "M",
        change={"KeyId": SIGNING},
    ),
]

BOUND_ROWS: Final = [
    Row(
        "4097 bytes",
        "Encrypt",
        "ValidationException",
        LIMIT.format("plaintext", 4096),
        "S",
        change={"Plaintext": bytes(4097)},
    ),
    Row(
        "a blob of 6145 bytes",
        "Decrypt",
        "ValidationException",
        LIMIT.format("ciphertextBlob", 6144),
        "M",
        change={"CiphertextBlob": bytes(6145)},
    ),
    Row(
        "1025 random bytes",
        "GenerateRandom",
        "ValidationException",
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value less than or equal to 1024",
        "D",
        change={"NumberOfBytes": 1025},
    ),
    Row(
        "no number of random bytes",
        "GenerateRandom",
        "ValidationException",
        "NumberOfBytes is required.",
        "D",
        change={"NumberOfBytes": None},
    ),
    Row("neither size nor spec", "GenerateDataKey", "ValidationException", SIZE_OR_SPEC, "D", change={"KeySpec": None}),
    Row("size and spec", "GenerateDataKey", "ValidationException", SIZE_OR_SPEC, "D", change={"NumberOfBytes": 32}),
    Row(
        "an unknown spec",
        "GenerateDataKey",
        "ValidationException",
        "1 validation error detected: Value at 'keySpec' failed to satisfy constraint: "
        "Member must satisfy enum value set: [AES_256, AES_128]",
        "D",
        change={"KeySpec": "AES_512"},
    ),
    Row(
        "a data key of 1025 bytes",
        "GenerateDataKeyWithoutPlaintext",
        "ValidationException",
        None,
        "D",
        change={"NumberOfBytes": 1025},
    ),
    Row(
        "a deletion window of 6 days",
        "ScheduleKeyDeletion",
        "ValidationException",
        None,
        "D",
        change={"PendingWindowInDays": 6},
    ),
    Row(
        "a signing spec for encryption",
        "CreateKey",
        "ValidationException",
        None,
        "D",
        change={"KeySpec": "ECC_NIST_P384", "KeyUsage": "ENCRYPT_DECRYPT"},
    ),
    Row(
        "an asymmetric key without usage", "CreateKey", "ValidationException", None, "D", change={"KeySpec": "RSA_2048"}
    ),
    Row(
        "a custom key store",
        "CreateKey",
        "UnsupportedOperationException",
        None,
        "U",
        change={"CustomKeyStoreId": "cks-1"},
    ),
    Row("an alias without its prefix", "CreateAlias", "ValidationException", None, "D", change={"AliasName": "new"}),
    Row("an alias of AWS", "CreateAlias", "NotAuthorizedException", None, "D", change={"AliasName": "alias/aws/s3"}),
    Row(
        "an alias that exists",
        "CreateAlias",
        "AlreadyExistsException",
        f"An alias with the name {ALIAS} already exists",
        "S",
        change={"AliasName": "alias/gateway"},
    ),
    Row(
        "an alias that does not exist",
        "UpdateAlias",
        "NotFoundException",
        None,
        "D",
        change={"AliasName": "alias/none"},
    ),
    Row(
        "an alias for a management operation",
        "DisableKey",
        "NotFoundException",
        None,
        "U",
        change={"KeyId": "alias/gateway"},
    ),
]

DRY_ROWS: Final = [
    Row(f"{operation}: DryRun", operation, "DryRunOperationException", DRY, "S", change={"DryRun": True})
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt")
]

ROWS: Final = [
    *IDENTIFIER_ROWS,
    *ACCOUNT_ROWS,
    *STATE_ROWS,
    *DENY_ROWS,
    *BLOB_ROWS,
    *USAGE_ROWS,
    *BOUND_ROWS,
    *DRY_ROWS,
]

WAYS_TO_NAME_A_KEY: Final = [KEY_ID, ARN, "alias/gateway", ALIAS]
