"""The operations on keys themselves: make, describe, list, change state, rotate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.keys import SYMMETRIC, Key, material_id
from fake_sombra.kms.vault import DAY_S, PENDING_DAYS

_MOST_ROTATIONS = 10
_YEAR_DAYS = 365
_PAGE = 100


def page(call: Call, items: Sequence[Mapping[str, Any]], name: str, *, size: int = _PAGE) -> Answer:
    """Cut one page out of a list; the marker is the number of items already shown."""
    marker = call.parameters.get("Marker", "0")
    if not (marker.isascii() and marker.isdigit() and int(marker) <= len(items)):
        raise errors.KmsError("InvalidMarkerException", "Could not deserialize marker.")
    begin = int(marker)
    end = begin + call.parameters.get("Limit", size)
    more = {"NextMarker": str(end)} if end < len(items) else {}
    return {name: list(items[begin:end]), "Truncated": bool(more), **more}


def managed_key(call: Call, name: str = "KeyId") -> Key:
    """The key a management operation names, by id or key ARN only, once the caller may."""
    action = f"kms:{call.operation}"
    key = rules.resolve(call, call.parameters[name], action=action, by_alias=False)
    call.key = key.arn
    call.may(action, key.arn)
    return key


def _create_key(call: Call) -> Answer:
    call.may("kms:CreateKey", "*")
    asked = call.parameters
    spec = asked.get("KeySpec", asked.get("CustomerMasterKeySpec", SYMMETRIC))
    if "CustomKeyStoreId" in asked:
        raise errors.no_key_store(asked["CustomKeyStoreId"])
    if asked.get("Origin") in {"AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}:
        raise errors.validation("A custom key store ID is required for this origin.")
    if "KeyUsage" not in asked and spec != SYMMETRIC:
        raise errors.validation(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    fresh = call.new_id()
    key_id = f"mrk-{fresh.replace('-', '')}" if asked.get("MultiRegion") else fresh
    try:
        key = call.vault.add(
            call.arn("key", key_id),
            spec=spec,
            usage=asked.get("KeyUsage", "ENCRYPT_DECRYPT"),
            state="PendingImport" if asked.get("Origin") == "EXTERNAL" else "Enabled",
            now=call.now,
            description=asked.get("Description", ""),
        )
    except ValueError as error:
        raise errors.validation(str(error)) from error
    call.key = key.arn
    return {"KeyMetadata": metadata(key)}


def _describe_key(call: Call) -> Answer:
    key = rules.resolve(call, call.parameters["KeyId"], action="kms:DescribeKey")
    call.key = key.arn
    call.may("kms:DescribeKey", key.arn)
    rules.require_no_token(call)
    return {"KeyMetadata": metadata(key)}


def _list_keys(call: Call) -> Answer:
    call.may("kms:ListKeys", "*")
    keys = call.vault.within(call.caller.region, call.account)
    return page(call, [{"KeyId": key.id, "KeyArn": key.arn} for key in keys], "Keys")


def _enable_key(call: Call) -> Answer:
    return _switch(call, "Enabled")


def _disable_key(call: Call) -> Answer:
    return _switch(call, "Disabled")


def _switch(call: Call, state: str) -> Answer:
    key = managed_key(call)
    rules.require_not(key, "PendingDeletion", "PendingImport", "Unavailable")
    call.vault.set_state(key.arn, state, now=call.now)
    return {}


def _schedule_key_deletion(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_not(key, "PendingDeletion")
    days = call.parameters.get("PendingWindowInDays", PENDING_DAYS)
    key = call.vault.set_state(key.arn, "PendingDeletion", now=call.now, days=days)
    return {
        "KeyId": key.arn,
        "DeletionDate": key.deletion_at,
        "KeyState": key.state,
        "PendingWindowInDays": days,
    }


def _cancel_key_deletion(call: Call) -> Answer:
    key = managed_key(call)
    if key.state != "PendingDeletion":
        raise errors.invalid_state(key.arn, "not pending deletion")
    call.vault.set_state(key.arn, "Disabled", now=call.now)
    return {"KeyId": key.arn}


def _rotate_key_on_demand(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_enabled(key)
    _require_rotating(key)
    if len(key.rotated_at) >= _MOST_ROTATIONS:
        raise errors.KmsError(
            "LimitExceededException",
            "The on-demand rotations limit has been reached for the given keyId. "
            f"No more on-demand rotations can be performed for this key: {key.id}",
        )
    call.vault.rotate(key.arn)
    call.vault.update(key.arn, rotated_at=(*key.rotated_at, call.now))
    return {"KeyId": key.arn}


def _get_key_rotation_status(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_not(key, "PendingDeletion", "PendingImport")
    _require_rotating(key)
    if not key.rotates_yearly:
        return {"KeyRotationEnabled": False, "KeyId": key.arn}
    return {
        "KeyRotationEnabled": True,
        "KeyId": key.arn,
        "RotationPeriodInDays": _YEAR_DAYS,
        "NextRotationDate": key.created_at + _YEAR_DAYS * DAY_S,
    }


def _enable_key_rotation(call: Call) -> Answer:
    return _set_rotation(call, is_yearly=True)


def _disable_key_rotation(call: Call) -> Answer:
    return _set_rotation(call, is_yearly=False)


def _set_rotation(call: Call, *, is_yearly: bool) -> Answer:
    key = managed_key(call)
    rules.require_enabled(key)
    _require_rotating(key)
    call.vault.update(key.arn, rotates_yearly=is_yearly)
    return {}


def _require_rotating(key: Key) -> None:
    if key.spec != SYMMETRIC:
        raise errors.unsupported(f"{key.arn} is not a symmetric encryption key; only those rotate.")


def metadata(key: Key) -> dict[str, Any]:
    """A key as DescribeKey shows it."""
    facts: dict[str, Any] = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created_at,
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": key.usage,
        "KeyState": key.state,
        "Origin": "EXTERNAL" if key.state == "PendingImport" else "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "MultiRegion": key.is_multi_region,
    }
    if key.deletion_at is not None:
        facts["DeletionDate"] = key.deletion_at
    if key.spec == SYMMETRIC:
        facts["EncryptionAlgorithms"] = [SYMMETRIC]
        facts["CurrentKeyMaterialId"] = material_id(key.materials[-1])
    return facts


HANDLERS: Final[Mapping[str, Handler]] = {
    "CancelKeyDeletion": _cancel_key_deletion,
    "CreateKey": _create_key,
    "DescribeKey": _describe_key,
    "DisableKey": _disable_key,
    "DisableKeyRotation": _disable_key_rotation,
    "EnableKey": _enable_key,
    "EnableKeyRotation": _enable_key_rotation,
    "GetKeyRotationStatus": _get_key_rotation_status,
    "ListKeys": _list_keys,
    "RotateKeyOnDemand": _rotate_key_on_demand,
    "ScheduleKeyDeletion": _schedule_key_deletion,
}
