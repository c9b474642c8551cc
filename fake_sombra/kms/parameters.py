"""What each operation takes: names, types and bounds, as botocore's KMS service model has them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from fake_sombra.kms.errors import KmsError, serialization, validation
from fake_sombra.kms.keys import SPECS, USAGES

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One parameter; `low` and `high` bound a length, or an integer's value. `values` is an enumeration."""

    kind: Literal["text", "blob", "integer", "boolean", "pairs", "list"]
    low: int = 0
    high: int = 1 << 62
    values: tuple[str, ...] = ()
    required: bool = False


_KEY = Member("text", 1, 2048)
_THE_KEY = Member("text", 1, 2048, required=True)
_ALIAS = Member("text", 1, 256, required=True)
_PLAINTEXT = Member("blob", 1, 4096, required=True)
_BLOB = Member("blob", 1, 6144, required=True)
_SIZE = Member("integer", 1, 1024)
_FLAG = Member("boolean")
_CONTEXT = Member("pairs")
_ALGORITHM = Member("text", values=("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"))
_GRANTS = Member("list", 0, 10)
_PAGE = {"Limit": Member("integer", 1, 1000), "Marker": Member("text", 1, 1024)}
_TEXT = Member("text", required=True)
_ONE_KEY = {"KeyId": _THE_KEY}
_COMMON = {"GrantTokens": _GRANTS, "DryRun": _FLAG}
_DATA_KEY = {
    **_ONE_KEY,
    **_COMMON,
    "EncryptionContext": _CONTEXT,
    "NumberOfBytes": _SIZE,
    "KeySpec": Member("text", values=("AES_256", "AES_128")),
}
_TO_ALIAS = {"AliasName": _ALIAS, "TargetKeyId": _THE_KEY}

OPERATIONS: Final[dict[str, dict[str, Member]]] = {
    "CancelKeyDeletion": _ONE_KEY,
    "CreateAlias": _TO_ALIAS,
    "CreateKey": {
        "CustomKeyStoreId": Member("text", 1, 64),
        "CustomerMasterKeySpec": Member("text", values=SPECS),
        "Description": Member("text", 0, 8192),
        "KeySpec": Member("text", values=SPECS),
        "KeyUsage": Member("text", values=USAGES),
        "MultiRegion": _FLAG,
        "Origin": Member("text", values=("AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")),
        "Policy": Member("text", 1, 131_072),
    },
    "Decrypt": {
        **_COMMON,
        "CiphertextBlob": _BLOB,
        "DryRunModifiers": Member("list", 1, 1),
        "EncryptionAlgorithm": _ALGORITHM,
        "EncryptionContext": _CONTEXT,
        "KeyId": _KEY,
    },
    "DeleteAlias": {"AliasName": _ALIAS},
    "DescribeCustomKeyStores": {**_PAGE, "CustomKeyStoreId": Member("text", 1, 64)},
    "DescribeKey": {**_ONE_KEY, "GrantTokens": _GRANTS},
    "DisableKey": _ONE_KEY,
    "DisableKeyRotation": _ONE_KEY,
    "EnableKey": _ONE_KEY,
    "EnableKeyRotation": {**_ONE_KEY, "RotationPeriodInDays": Member("integer", 90, 2560)},
    "Encrypt": {
        **_ONE_KEY,
        **_COMMON,
        "EncryptionAlgorithm": _ALGORITHM,
        "EncryptionContext": _CONTEXT,
        "Plaintext": _PLAINTEXT,
    },
    "GenerateDataKey": _DATA_KEY,
    "GenerateDataKeyWithoutPlaintext": _DATA_KEY,
    "GenerateRandom": {"CustomKeyStoreId": Member("text", 1, 64), "NumberOfBytes": _SIZE},
    "GetKeyRotationStatus": _ONE_KEY,
    "GetPublicKey": {**_ONE_KEY, "GrantTokens": _GRANTS},
    "ListAliases": {**_PAGE, "KeyId": _KEY},
    "ListKeyRotations": {**_ONE_KEY, **_PAGE},
    "ListKeys": _PAGE,
    "ReEncrypt": {
        **_COMMON,
        "CiphertextBlob": _BLOB,
        "DestinationEncryptionAlgorithm": _ALGORITHM,
        "DestinationEncryptionContext": _CONTEXT,
        "DestinationKeyId": _THE_KEY,
        "SourceEncryptionAlgorithm": _ALGORITHM,
        "SourceEncryptionContext": _CONTEXT,
        "SourceKeyId": _KEY,
    },
    "ReplicateKey": {**_ONE_KEY, "ReplicaRegion": Member("text", 1, 32, required=True)},
    "RotateKeyOnDemand": _ONE_KEY,
    "ScheduleKeyDeletion": {**_ONE_KEY, "PendingWindowInDays": Member("integer", 7, 30)},
    "Sign": {**_ONE_KEY, **_COMMON, "Message": _PLAINTEXT, "SigningAlgorithm": _TEXT},
    "UpdateAlias": _TO_ALIAS,
    "Verify": {**_ONE_KEY, **_COMMON, "Message": _PLAINTEXT, "Signature": _BLOB, "SigningAlgorithm": _TEXT},
}


def read(operation: str, body: Mapping[str, Any]) -> Parameters:
    """Check a body against its operation and decode its blobs.

    Raises SerializationException for a wrong type and ValidationException with every bound that is broken.
    Members no operation has are ignored, as AWS does.
    """
    members = OPERATIONS[operation]
    given = {name: _typed(name, members[name], body[name]) for name in body if _is_given(members, body, name)}
    spared = {"CiphertextBlob"} if ignores_ciphertext(given) else set()
    broken = [
        text
        for name in sorted(members.keys() - (spared - given.keys()))
        if (text := _broken(name, members[name], given.get(name))) is not None
    ]
    if broken:
        plural = "error" if len(broken) == 1 else "errors"
        raise validation(f"{len(broken)} validation {plural} detected: {'; '.join(broken)}")
    return given


def ignores_ciphertext(given: Parameters) -> bool:
    """Whether a dry run asks for the permission alone, which needs a key and no ciphertext."""
    return bool(given.get("DryRun")) and "IGNORE_CIPHERTEXT" in given.get("DryRunModifiers", ())


def _is_given(members: Mapping[str, Member], body: Mapping[str, Any], name: str) -> bool:
    return name in members and body[name] is not None


def _typed(name: str, member: Member, value: Any) -> Any:
    if member.kind == "blob" and isinstance(value, str):
        return _decoded(name, value)
    fits = {
        "text": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "list": isinstance(value, list) and all(isinstance(each, str) for each in value),
        "pairs": isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()),
    }
    if not fits.get(member.kind, False):
        raise _wrong_type(name, member.kind)
    return value


def _decoded(name: str, value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong_type(name, "blob in base64") from error


def _wrong_type(name: str, kind: str) -> KmsError:
    return serialization(f"{name} is not a {kind}")


def _broken(name: str, member: Member, value: Any) -> str | None:
    """Say which bound a value breaks, without the value unless it is a number or an enumeration's."""
    path = name[0].lower() + name[1:]
    if value is None:
        return f"Value null at '{path}' failed to satisfy constraint: Member must not be null" * member.required or None
    if member.values:
        wanted = f"[{', '.join(member.values)}]"
        fault = None if value in member.values else f"Member must satisfy enum value set: {wanted}"
    elif member.kind == "integer":
        fault = _beyond("value", value, member)
    elif member.kind in {"text", "blob", "list"}:
        fault = _beyond("length", len(value), member)
    else:
        fault = None
    shown = f" '{value}'" if member.kind == "integer" else ""
    return fault and f"Value{shown} at '{path}' failed to satisfy constraint: {fault}"


def _beyond(what: str, measure: int, member: Member) -> str | None:
    if measure < member.low:
        return f"Member must have {what} greater than or equal to {member.low}"
    if measure > member.high:
        return f"Member must have {what} less than or equal to {member.high}"
    return None
