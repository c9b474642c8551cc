"""Rows about how a key is named: id, ARN, alias, alias ARN; region and account (kms.md, 2)."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import ELSEWHERE, PLAINTEXT, Mark, Row, Step, Want, refused, succeeds

_NO_ALIAS = "arn:aws:kms:{region}:{account}:alias/none-of-this-name"
_IDENTIFIERS: Final[list[tuple[str, str, str, Mark]]] = [
    ("a key that does not exist, by ARN", "{missing}", "Key '{missing}' does not exist", "S"),
    ("a key that does not exist, by id", "{missing_id}", "Key '{missing}' does not exist", "S"),
    ("a malformed key id", "no-such-shape", "Invalid keyId 'no-such-shape'", "S"),
    ("an ARN of another service", "arn:aws:s3:::bucket", "Invalid keyId 'arn:aws:s3:::bucket'", "U"),
    ("an ARN of another region", "{key_elsewhere}", f"Invalid arn {ELSEWHERE}", "S"),
    ("an alias that does not exist", "alias/none-of-this-name", f"Alias {_NO_ALIAS} is not found.", "D"),
    ("an alias ARN that does not exist", _NO_ALIAS, f"Alias {_NO_ALIAS} is not found.", "D"),
]
_UNKNOWN = [
    refused(operation, name, "NotFoundException", text, mark, change={"KeyId": identifier})
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey")
    for name, identifier, text, mark in _IDENTIFIERS
]

_FOREIGN = [
    refused(
        operation,
        "a key of another account",
        "AccessDeniedException",
        "User: {principal} is not authorized to perform: kms:" + operation + " on resource: {stranger_key} "
        "because no resource-based policy allows the kms:" + operation + " action",
        "D",
        change={"KeyId": "{stranger_key}"},
    )
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey", "DisableKey")
]

_WAYS = {"id": "{key_id}", "ARN": "{key}", "alias": "{alias_name}", "alias ARN": "{alias}"}
_NAMED = [
    succeeds(
        operation,
        f"a key by its {way}",
        "D",
        Want("KeyId", "is", "{key}"),
        change={"KeyId": name},
    )
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey")
    for way, name in _WAYS.items()
]

_REPOINTED = Step("UpdateAlias", {"AliasName": "{alias_name}", "TargetKeyId": "{other}"})
_DELETED = Step("DeleteAlias", {"AliasName": "{alias_name}"})
_INCORRECT = "The key ID in the request does not identify a CMK that can perform this operation."
_UNDER_ALIAS = Step("Encrypt", {"KeyId": "{alias_name}", "Plaintext": PLAINTEXT}, keep={"made": "CiphertextBlob"})
_OPENS = Want("Plaintext", "is", PLAINTEXT)
_ALIASES = [
    refused(
        "Decrypt",
        "alias repointed after the blob was made",
        "IncorrectKeyException",
        _INCORRECT,
        "M",
        change={"KeyId": "{alias}", "CiphertextBlob": "{made}"},
        before=(_UNDER_ALIAS, _REPOINTED),
    ),
    succeeds(
        "Decrypt",
        "alias repointed, no key named",
        "M",
        _OPENS,
        change={"KeyId": None, "CiphertextBlob": "{made}"},
        before=(_UNDER_ALIAS, _REPOINTED),
    ),
    succeeds(
        "Decrypt",
        "alias deleted, no key named",
        "M",
        _OPENS,
        change={"KeyId": None, "CiphertextBlob": "{made}"},
        before=(_UNDER_ALIAS, _DELETED),
    ),
    *(
        refused(
            operation,
            "an alias that was deleted",
            "NotFoundException",
            "Alias {alias} is not found.",
            "D",
            change={"KeyId": "{alias_name}"},
            before=(_DELETED,),
        )
        for operation in ("Encrypt", "GenerateDataKey", "Decrypt")
    ),
    refused("CreateAlias", "no prefix", "ValidationException", None, "D", change={"AliasName": "new"}),
    refused(
        "CreateAlias", "a name of AWS", "NotAuthorizedException", None, "D", change={"AliasName": "alias/aws/{token}"}
    ),
    refused(
        "CreateAlias",
        "a name that exists",
        "AlreadyExistsException",
        "An alias with the name {alias} already exists",
        "S",
        change={"AliasName": "{alias_name}"},
    ),
    *(
        refused(operation, "an unknown name", "NotFoundException", None, "D", change={"AliasName": "{free_alias}"})
        for operation in ("UpdateAlias", "DeleteAlias")
    ),
    refused(
        "DisableKey", "an alias in place of a key", "NotFoundException", None, "U", change={"KeyId": "{alias_name}"}
    ),
    *(
        succeeds(operation, f"a key by its {way}", "D", change={"KeyId": _WAYS[way]})
        for operation in ("EnableKey", "DisableKey", "ScheduleKeyDeletion")
        for way in ("id", "ARN")
    ),
]

ROWS: Final[tuple[Row, ...]] = (*_UNKNOWN, *_FOREIGN, *_NAMED, *_ALIASES)
