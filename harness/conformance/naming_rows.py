"""Rows about how a key is named: id, ARN, alias, alias ARN; region and account (kms.md, 2)."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import ELSEWHERE, PLAINTEXT, Mark, Row, Step, Want, refused, succeeds

_NO_ALIAS = "arn:aws:kms:{region}:{account}:alias/none-of-this-name"
_IDENTIFIERS: Final[list[tuple[str, str, str | None, Mark]]] = [
    ("a key that does not exist, by ARN", "{missing}", "Key '{missing}' does not exist", "S"),
    ("a key that does not exist, by id", "{missing_id}", "Key '{missing}' does not exist", "S"),
    ("a malformed key id", "no-such-shape", "Invalid keyId 'no-such-shape'", "S"),
    ("a malformed multi-Region key id", "mrk-no-such-shape", "Invalid keyId 'mrk-no-such-shape'", "S"),
    ("an ARN of another partition", "{key_in_china}", None, "U"),
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

_ELSEWHERE = [
    refused(
        operation,
        "a key id in another region",
        "NotFoundException",
        "Key '{key_elsewhere}' does not exist",
        "S",
        change={"KeyId": "{key_id}"},
        region=ELSEWHERE,
    )
    for operation in ("DescribeKey", "Encrypt")
] + [
    refused(
        "Encrypt",
        "an alias ARN of another region",
        "NotFoundException",
        f"Invalid arn {ELSEWHERE}",
        "S",
        change={"KeyId": "arn:aws:kms:{elsewhere}:{account}:alias/gateway"},
    ),
    refused(
        "Encrypt",
        "an alias in another region",
        "NotFoundException",
        None,
        "D",
        change={"KeyId": "{alias_name}"},
        region=ELSEWHERE,
    ),
]

_ABROAD: Final = (
    " on this resource because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)
_FOREIGN = [
    refused(
        operation,
        "a key of another account",
        "AccessDeniedException",
        "User: {principal} is not authorized to perform: kms:" + operation + _ABROAD,
        "I",
        change={"KeyId": "{stranger_key}"},
    )
    for operation in ("Encrypt", "Decrypt", "GenerateDataKey", "DescribeKey", "DisableKey")
]
_FOREIGN_CALLERS = [
    refused(operation, f"by another account, {how}", "AccessDeniedException", None, "D", change=change, by="stranger")
    for operation, how, change in (
        ("Decrypt", "no key named", {"KeyId": None}),
        ("Decrypt", "the key named", {}),
        ("Encrypt", "the key named", {}),
        ("DescribeKey", "the key named", {}),
    )
]
_LET_IN: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]}'
)
_OPENED_TO_ALL = Step(
    "PutKeyPolicy", {"KeyId": "{stranger_key}", "PolicyName": "default", "Policy": _LET_IN}, by="stranger"
)
_GUESTS = [
    succeeds(
        operation,
        "a key of another account that lets the caller in",
        "D",
        Want(member, "is", "{stranger_key}"),
        change={"KeyId": "{stranger_key}"},
        before=(_OPENED_TO_ALL,),
    )
    for operation, member in (("Encrypt", "KeyId"), ("GenerateDataKey", "KeyId"), ("DescribeKey", "KeyMetadata.Arn"))
] + [
    refused(
        "DisableKey",
        "a key of another account that lets the caller in",
        "AccessDeniedException",
        None,
        "D",
        change={"KeyId": "{stranger_key}"},
        before=(_OPENED_TO_ALL,),
    )
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
_PREFIX: Final = (
    'Alias must start with the prefix "alias/". '
    "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
)
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
    refused("CreateAlias", "no prefix", "ValidationException", _PREFIX, "S", change={"AliasName": "new"}),
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
        "UpdateAlias",
        "to a key of another usage",
        "ValidationException",
        None,
        "U",
        change={"TargetKeyId": "{signing}"},
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

ROWS: Final[tuple[Row, ...]] = (
    *_UNKNOWN,
    *_ELSEWHERE,
    *_FOREIGN,
    *_FOREIGN_CALLERS,
    *_GUESTS,
    *_NAMED,
    *_ALIASES,
)
