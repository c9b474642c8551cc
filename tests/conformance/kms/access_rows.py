"""Rows about the key itself: its name, region, account, state and who may use it (kms.md sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fake_sombra.kms import Kms
from tests.conformance.kms.row import Row
from tests.unit.fake_sombra.kms.bench import ACCOUNT, ALIAS, ARN, ELSEWHERE, MISSING, OTHER, PRINCIPAL, REGION, STRANGER

DIFFERENT_REGION: Final = ARN.replace(REGION, ELSEWHERE)
DIFFERENT_ACCOUNT: Final = ARN.replace(ACCOUNT, STRANGER)


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
