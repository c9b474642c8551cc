"""Rows about what is done with a key: blobs, contexts, usage, bounds, DryRun (kms.md sections 2 and 4)."""

from __future__ import annotations

from typing import Final

from tests.conformance.kms.row import CONTEXT_BLOB, Row
from tests.unit.fake_sombra.kms.bench import ALIAS, ARN, ELSEWHERE, OTHER, SIGNING

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
LOCAL_WRAP: Final = bytes(range(40))
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
