"""Rows about the policy of a key, made by the calls that AWS has for it (kms.md, 2 and 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from harness.conformance.row import Mark, Row, Step, Want, refused, succeeds

Statement = Mapping[str, Any]
_ROOT: Final = {"AWS": "{root}"}
_ALL: Final[Statement] = {"Effect": "Allow", "Principal": _ROOT, "Action": "kms:*", "Resource": "*"}
_KEEPER: Final[Statement] = {**_ALL, "Action": ["kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:*Grant*"]}
# Who tries this on a real account must be able to delete the key afterwards.
_LOCKING: Final[Statement] = {**_ALL, "Action": ["kms:Encrypt", "kms:ScheduleKeyDeletion"]}
_DENIED: Final = "AccessDeniedException"
_USER: Final = "User: {principal} is not authorized to perform: kms:"
_LOCKED_OUT: Final = "The new key policy will not allow you to update the key policy in the future."


def policy(*statements: Statement) -> str:
    """A policy as PutKeyPolicy takes it; names in braces are filled in later."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def put(*statements: Statement, key: str = "{key}") -> Step:
    """Give a key a policy."""
    asked = {"KeyId": key, "PolicyName": "default", "Policy": policy(*statements)}
    return Step("PutKeyPolicy", {**asked, "BypassPolicyLockoutSafetyCheck": True})


def _deny(action: str, **condition: Mapping[str, Any]) -> Statement:
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition}


def _only(action: str, **condition: Mapping[str, Any]) -> tuple[Statement, Statement]:
    return _KEEPER, {**_ALL, "Action": action, "Condition": condition}


def _explicit(action: str, resource: str = "{key}") -> str:
    return f"{_USER}{action} on resource: {resource} with an explicit deny in a resource-based policy"


def _shut(action: str) -> str:
    return f"{_USER}{action} on resource: {{key}} because no resource-based policy allows the kms:{action} action"


_CEK: Final = {"EncryptionContext": {"purpose": "cek", "tenant": "one"}}
_OTHER: Final = {"EncryptionContext": {"purpose": "other", "tenant": "one"}}
_PURPOSE: Final = {"StringEquals": {"kms:EncryptionContext:purpose": "cek"}}
_NAMES: Final = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["purpose", "tenant"]}}
_TENANT: Final = {"Null": {"kms:EncryptionContext:tenant": "true"}}
_SERVICE: Final = {"StringNotEquals": {"kms:ViaService": "s3.{region}.amazonaws.com"}}
_NO_ALIAS: Final = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/of-nobody"}}

_DENIES = [
    *(
        refused(
            operation,
            "its key denies it to everyone",
            _DENIED,
            _explicit(operation),
            "I",
            before=(put(_ALL, _deny(f"kms:{operation}")),),
        )
        for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey", "CreateGrant")
    ),
    refused(
        "Decrypt",
        "the key of the blob denies it, no key named",
        _DENIED,
        None,
        "D",
        before=(put(_ALL, _deny("kms:Decrypt")),),
        change={"KeyId": None},
    ),
    refused(
        "ReEncrypt",
        "the source denies it",
        _DENIED,
        _explicit("ReEncryptFrom"),
        "I",
        before=(put(_ALL, _deny("kms:ReEncryptFrom")),),
    ),
    refused(
        "ReEncrypt",
        "the destination denies it",
        _DENIED,
        _explicit("ReEncryptTo", "{other}"),
        "I",
        before=(put(_ALL, _deny("kms:ReEncryptTo"), key="{other}"),),
    ),
    refused(
        "Encrypt",
        "its key denies it without a pair",
        _DENIED,
        _explicit("Encrypt"),
        "D",
        before=(put(_ALL, _deny("kms:Encrypt", **_TENANT)),),
    ),
    succeeds(
        "Encrypt",
        "its key denies it without a pair, which is there",
        "D",
        before=(put(_ALL, _deny("kms:Encrypt", **_TENANT)),),
        change=_CEK,
    ),
    refused(
        "Encrypt",
        "its key denies it but through a service",
        _DENIED,
        _explicit("Encrypt"),
        "D",
        before=(put(_ALL, _deny("kms:Encrypt", **_SERVICE)),),
    ),
    succeeds("Encrypt", "its key denies something else", "D", before=(put(_ALL, _deny("kms:Decrypt")),)),
]
_ALLOWS = [
    refused("Encrypt", "its key delegates to nobody", _DENIED, _shut("Encrypt"), "I", before=(put(_KEEPER),)),
    refused(
        "Decrypt",
        "its key delegates to another account",
        _DENIED,
        _shut("Decrypt"),
        "D",
        before=(put(_KEEPER, {**_ALL, "Principal": {"AWS": "{stranger_account}"}}),),
    ),
    succeeds("Encrypt", "its key delegates to the account", "D", before=(put(_ALL),)),
    succeeds(
        "Encrypt",
        "its key names the caller",
        "D",
        before=(put(_KEEPER, {**_ALL, "Principal": {"AWS": "{principal}"}}),),
    ),
    refused(
        "GenerateDataKey",
        "its key allows another pair",
        _DENIED,
        _shut("GenerateDataKey"),
        "D",
        before=(put(*_only("kms:GenerateDataKey", **_PURPOSE)),),
        change=_OTHER,
    ),
    succeeds(
        "GenerateDataKey",
        "its key allows the pair",
        "D",
        before=(put(*_only("kms:GenerateDataKey", **_PURPOSE)),),
        change=_CEK,
    ),
    refused(
        "GenerateDataKey",
        "its key lists another name",
        _DENIED,
        _shut("GenerateDataKey"),
        "D",
        before=(put(*_only("kms:GenerateDataKey", **_NAMES)),),
        change={"EncryptionContext": {"purpose": "cek", "who": "me"}},
    ),
    succeeds(
        "GenerateDataKey",
        "its key lists the names",
        "D",
        before=(put(*_only("kms:GenerateDataKey", **_NAMES)),),
        change=_CEK,
    ),
    refused(
        "Encrypt",
        "its key asks for an alias it has not",
        _DENIED,
        _shut("Encrypt"),
        "D",
        before=(put(*_only("kms:Encrypt", **_NO_ALIAS)),),
    ),
]
_MALFORMED: Final = "MalformedPolicyDocumentException"
_UNFIT: Final[list[tuple[str, str, str | None, Mark]]] = [
    ("not JSON", "not a policy", None, "M"),
    ("an unknown effect", policy({**_ALL, "Effect": "Perhaps"}), None, "M"),
    ("no statement", policy(), None, "M"),
    ("no principal", policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}), None, "M"),
    ("one that locks the caller out", policy(_LOCKING), _LOCKED_OUT, "I"),
]
_DOCUMENTS = [
    *(
        refused("PutKeyPolicy", name, _MALFORMED, text, mark, change={"Policy": document})
        for name, document, text, mark in _UNFIT
    ),
    refused(
        "CreateKey",
        "a policy that locks the caller out",
        _MALFORMED,
        _LOCKED_OUT,
        "I",
        change={"Policy": policy(_LOCKING)},
    ),
    succeeds(
        "PutKeyPolicy",
        "a lock-out, asked for",
        "D",
        change={"Policy": policy(_LOCKING), "BypassPolicyLockoutSafetyCheck": True},
    ),
    succeeds(
        "GetKeyPolicy",
        "the default one",
        "S",
        Want("Policy", "form", "(?s).*Enable IAM User Permissions.*"),
    ),
    succeeds(
        "GetKeyPolicy",
        "the one that was put",
        "D",
        Want("Policy", "form", "(?s).*kms:GenerateDataKey.*"),
        before=(put(*_only("kms:GenerateDataKey", **_PURPOSE)),),
    ),
    refused("GetKeyPolicy", "another name", "NotFoundException", None, "M", change={"PolicyName": "other"}),
    succeeds("ListKeyPolicies", "plain", "D", Want("PolicyNames", "is", ["default"])),
    succeeds(
        "ListResourceTags",
        "one tag",
        "D",
        Want("Tags", "length", 1),
        before=(Step("TagResource", {"KeyId": "{key}", "Tags": [{"TagKey": "stage", "TagValue": "rehearsal"}]}),),
    ),
    refused(
        "TagResource",
        "a name of AWS",
        "TagException",
        None,
        "M",
        change={"Tags": [{"TagKey": "aws:mine", "TagValue": "x"}]},
    ),
    succeeds("UpdateKeyDescription", "plain", "D"),
]

ROWS: Final[tuple[Row, ...]] = (*_DENIES, *_ALLOWS, *_DOCUMENTS)
