"""Rows about the states of a key and the way from one to another (kms.md, 2 and 4)."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import Mark, Row, Step, Switch, Want, refused, succeeds

_USES: Final = (
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
    "RotateKeyOnDemand",
    "EnableKeyRotation",
    "DisableKeyRotation",
)
_STATES: Final[list[tuple[str, str, str, Mark]]] = [
    ("Disabled", "DisabledException", "{key} is disabled.", "S"),
    ("PendingDeletion", "KMSInvalidStateException", "{key} is pending deletion.", "S"),
    ("PendingImport", "KMSInvalidStateException", "{key} is pending import.", "S"),
    ("Unavailable", "KMSInvalidStateException", "{key} is unavailable.", "U"),
]
_IN_STATE = [
    refused(operation, f"key {state}", code, text, mark, before=(Switch("state", value=state),))
    for operation in _USES
    for state, code, text, mark in _STATES
]
_AWAITING = [
    refused(
        operation,
        "an external key before its import",
        "KMSInvalidStateException",
        "{awaiting} is pending import.",
        "S",
        change={"KeyId": "{awaiting}"},
    )
    for operation in ("Encrypt", "GenerateDataKey", "EnableKey")
]

_PENDING = Switch("state", value="PendingDeletion")
_LEAVING = [
    refused(
        operation,
        "key PendingDeletion",
        "KMSInvalidStateException",
        "{key} is pending deletion.",
        "D",
        before=(_PENDING,),
    )
    for operation in ("EnableKey", "DisableKey", "ScheduleKeyDeletion", "CreateAlias", "GetKeyRotationStatus")
]

_CANCEL = Step("CancelKeyDeletion", {"KeyId": "{key_id}"})
_ENABLE = Step("EnableKey", {"KeyId": "{key_id}"})
_DISABLED = Step("DisableKey", {"KeyId": "{key_id}"})
_STATE = "KeyMetadata.KeyState"
_WAYS = [
    succeeds("ScheduleKeyDeletion", "seven days", "D", Want("KeyState", "is", "PendingDeletion")),
    refused(
        "ScheduleKeyDeletion",
        "a window of 6 days",
        "ValidationException",
        None,
        "D",
        change={"PendingWindowInDays": 6},
    ),
    refused(
        "ScheduleKeyDeletion",
        "a window of 31 days",
        "ValidationException",
        None,
        "D",
        change={"PendingWindowInDays": 31},
    ),
    succeeds("DescribeKey", "a new key is enabled", "D", Want(_STATE, "is", "Enabled")),
    succeeds(
        "DescribeKey",
        "after DisableKey",
        "D",
        Want(_STATE, "is", "Disabled"),
        before=(_ENABLE, Switch("state", value="Disabled")),
    ),
    succeeds("DescribeKey", "pending deletion", "D", Want(_STATE, "is", "PendingDeletion"), before=(_PENDING,)),
    succeeds(
        "DescribeKey", "an external key", "S", Want(_STATE, "is", "PendingImport"), change={"KeyId": "{awaiting}"}
    ),
    succeeds(
        "DescribeKey", "after a cancelled deletion", "D", Want(_STATE, "is", "Disabled"), before=(_PENDING, _CANCEL)
    ),
    refused(
        "Encrypt",
        "after a cancelled deletion",
        "DisabledException",
        "{key} is disabled.",
        "S",
        before=(_PENDING, _CANCEL),
    ),
    succeeds("Decrypt", "cancelled and enabled again", "D", before=(_PENDING, _CANCEL, _ENABLE)),
    refused("CancelKeyDeletion", "nothing is pending", "KMSInvalidStateException", None, "M"),
    refused(
        "Decrypt",
        "key deleted, named",
        "NotFoundException",
        "Key '{key}' does not exist",
        "S",
        before=(Switch("forget"),),
    ),
    refused(
        "Decrypt",
        "key deleted, not named",
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
        "or you are not allowed to access.",
        "I",
        change={"KeyId": None},
        before=(Switch("forget"),),
    ),
]

ROWS: Final[tuple[Row, ...]] = (*_IN_STATE, *_AWAITING, *_LEAVING, *_WAYS)
