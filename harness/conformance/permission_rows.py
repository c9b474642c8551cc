"""Rows about a caller who lacks one permission, and about policies that AWS does not take (kms.md, 2 and 3)."""

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
_LACKING = [
    refused(
        operation,
        f"{action} denied",
        "AccessDeniedException",
        "User: {principal} is not authorized to perform: " + f"{action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action",
        "I",
        before=(Switch("deny", resource, action),),
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
_POLICIES = [
    refused(
        "PutKeyPolicy",
        "not JSON",
        "MalformedPolicyDocumentException",
        None,
        "M",
        change={"Policy": "not a policy"},
    ),
    refused(
        "PutKeyPolicy",
        "an unknown effect",
        "MalformedPolicyDocumentException",
        None,
        "M",
        change={
            "Policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps","Principal":"*","Action":"kms:*",'
            '"Resource":"*"}]}'
        },
    ),
    refused(
        "PutKeyPolicy",
        "one that locks the caller out",
        "MalformedPolicyDocumentException",
        None,
        "M",
        change={"Policy": '{"Version":"2012-10-17","Statement":[]}'},
    ),
]

ROWS: Final[tuple[Row, ...]] = (*_LACKING, *_DRY, *_POLICIES)
