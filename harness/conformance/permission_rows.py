"""Rows about a caller who lacks one permission (kms.md, 3)."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import Row, Switch, refused

_DENIED: Final = [
    *(
        (operation, f"kms:{operation}", "{key}")
        for operation in (
            "Encrypt",
            "Decrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "DescribeKey",
            "EnableKey",
            "DisableKey",
            "ScheduleKeyDeletion",
            "RotateKeyOnDemand",
            "GetKeyRotationStatus",
            "EnableKeyRotation",
            "DisableKeyRotation",
            "CreateAlias",
            "DeleteAlias",
        )
    ),
    ("ReEncrypt", "kms:ReEncryptFrom", "{key}"),
    ("ReEncrypt", "kms:ReEncryptTo", "{other}"),
    ("UpdateAlias", "kms:UpdateAlias", "{other}"),
    ("GenerateRandom", "kms:GenerateRandom", "*"),
    ("CreateKey", "kms:CreateKey", "*"),
    ("ListKeys", "kms:ListKeys", "*"),
    ("ListAliases", "kms:ListAliases", "*"),
]
_CODE: Final = "AccessDeniedException"
_USER: Final = "User: {principal} is not authorized to perform: "
# A front lacks the permission; elsewhere the key's own policy denies it, which AWS words in another way.
_LACKING = [
    refused(
        operation,
        f"{action} denied",
        _CODE,
        _USER + f"{action} on resource: {resource} because no identity-based policy allows the {action} action",
        "I",
        before=(Switch("deny", resource, action),),
        also=((_CODE, _USER + f"{action} on resource: {resource} with an explicit deny in a resource-based policy"),),
    )
    for operation, action, resource in _DENIED
]
_DRY = [
    refused(
        operation,
        f"DryRun, {action} denied",
        "AccessDeniedException",
        None,
        "D",
        change={"DryRun": True},
        before=(Switch("deny", "{key}", action),),
    )
    for operation, action in (("Encrypt", "kms:Encrypt"), ("Decrypt", "kms:Decrypt"))
]
ROWS: Final[tuple[Row, ...]] = (*_LACKING, *_DRY)
