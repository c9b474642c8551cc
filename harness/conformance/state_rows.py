"""Rows about the states of a key and the way from one to another (kms.md, 2 and 4)."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import Also, Mark, Row, Step, Switch, Want, refused, succeeds

_USES: Final = ("Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt")
_ROTATIONS: Final = ("RotateKeyOnDemand", "EnableKeyRotation", "DisableKeyRotation")
_STATES: Final[list[tuple[str, str, str, Mark, Also]]] = [
    ("Disabled", "DisabledException", "{key} is disabled.", "S", ()),
    (
        "PendingDeletion",
        "KMSInvalidStateException",
        "{key} is pending deletion.",
        "D",
        (("DisabledException", "{key} is pending deletion (or pending replica deletion)."),),
    ),
    ("PendingImport", "KMSInvalidStateException", "{key} is pending import.", "S", ()),
    ("Unavailable", "KMSInvalidStateException", "{key} is unavailable.", "U", ()),
]
_IN_STATE = [
    refused(operation, f"key {state}", code, text, mark, before=(Switch("state", value=state),), also=also)
    for operation in (*_USES, *_ROTATIONS, "CreateGrant")
    for state, code, text, mark, also in _STATES
    if operation in _USES or state != "PendingImport"  # what rotates is never imported: it has rows of its own
]
_SIGNING_IN_STATE = [
    refused(
        operation,
        "key Disabled",
        "DisabledException",
        f"{{{name}}} is disabled.",
        "S",
        before=(Switch("state", f"{{{name}}}", "Disabled"),),
    )
    for operation, name in (
        ("Sign", "signing"),
        ("Verify", "signing"),
        ("GetPublicKey", "signing"),
        ("GenerateMac", "hmac"),
    )
]
_INTO_STATE = [
    refused(
        "ReEncrypt",
        f"into a key {state}",
        code,
        text.replace("{key}", "{other}"),
        mark,
        before=(Switch("state", "{other}", state),),
        also=tuple((each, words and words.replace("{key}", "{other}")) for each, words in also),
    )
    for state, code, text, mark, also in _STATES[:2]
]
_ROTATION_OF_IMPORTED: Final[list[tuple[str, Mark]]] = [
    ("EnableKeyRotation", "D"),
    ("DisableKeyRotation", "D"),
    ("GetKeyRotationStatus", "U"),
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
] + [
    refused(
        operation,
        "an external key",
        "UnsupportedOperationException",
        None,
        mark,
        change={"KeyId": "{awaiting}"},
    )
    for operation, mark in _ROTATION_OF_IMPORTED
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
    refused(
        "GetParametersForImport",
        "a key whose material is of AWS",
        "UnsupportedOperationException",
        "{key} origin is AWS_KMS which is not valid for this operation.",
        "S",
    ),
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

ROWS: Final[tuple[Row, ...]] = (*_IN_STATE, *_SIGNING_IN_STATE, *_INTO_STATE, *_AWAITING, *_LEAVING, *_WAYS)
