"""The operations on keys themselves: make, describe, list, change state, rotate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.key_policies import new_policy
from fake_sombra.kms.keys import SYMMETRIC, Key, algorithms, material_id
from fake_sombra.kms.tags import read_tags
from fake_sombra.kms.vault import DAY_S, PENDING_DAYS, Vault

_MOST_ROTATIONS = 10
_YEAR_DAYS = 365
_PAGE = 100
_ACROSS_ACCOUNTS: Final = frozenset({"CreateGrant", "GetKeyRotationStatus", "ListGrants", "RevokeGrant"})
"""What AWS lets callers of another account do to a key, besides using and describing it."""


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
    abroad = call.operation in _ACROSS_ACCOUNTS
    key = rules.resolve(call, call.parameters[name], action=action, by_alias=False, abroad=abroad)
    call.key = key.arn
    call.may(action, key)
    return key


def _create_key(call: Call) -> Answer:
    call.may("kms:CreateKey")
    asked, spec = call.parameters, _wanted_spec(call)
    fresh = call.new_id()
    arn = call.arn("key", f"mrk-{fresh.replace('-', '')}" if asked.get("MultiRegion") else fresh)
    policy = new_policy(call, arn)
    origin = asked.get("Origin", "AWS_KMS")
    try:
        key = call.vault.add(
            arn,
            spec=spec,
            usage=asked.get("KeyUsage", "ENCRYPT_DECRYPT"),
            state="PendingImport" if origin == "EXTERNAL" else "Enabled",
            now=call.now,
            description=asked.get("Description", ""),
            policy=policy,
            tags=read_tags(asked.get("Tags", ())),
            origin=origin,
        )
    except ValueError as error:
        raise errors.validation(str(error)) from error
    call.key = key.arn
    return {"KeyMetadata": metadata(key, call.vault)}


def _wanted_spec(call: Call) -> str:
    """The spec of a new key; raises what cannot be made here or anywhere."""
    asked = call.parameters
    spec: str = asked.get("KeySpec", asked.get("CustomerMasterKeySpec", SYMMETRIC))
    if "CustomKeyStoreId" in asked:
        raise errors.no_key_store(asked["CustomKeyStoreId"])
    if asked.get("Origin") in {"AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"}:
        raise errors.validation("A custom key store ID is required for this origin.")
    if "KeyUsage" not in asked and spec != SYMMETRIC:
        raise errors.validation(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
        )
    return spec


def _describe_key(call: Call) -> Answer:
    key = rules.resolve(call, call.parameters["KeyId"], action="kms:DescribeKey")
    call.key = key.arn
    rules.require_known_tokens(call)
    call.may("kms:DescribeKey", key)
    return {"KeyMetadata": metadata(key, call.vault)}


def _update_key_description(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_not(key, "PendingDeletion")
    call.vault.update(key.arn, description=call.parameters["Description"])
    return {}


def _list_keys(call: Call) -> Answer:
    call.may("kms:ListKeys")
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
    _require_rotating(key)
    rules.require_enabled(key)
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
    _require_rotating(key)
    rules.require_not(key, "PendingDeletion")
    if not key.rotates_yearly:
        return {"KeyRotationEnabled": False, "KeyId": key.arn}
    since = key.created_at if key.rotating_since is None else key.rotating_since
    return {
        "KeyRotationEnabled": True,
        "KeyId": key.arn,
        "RotationPeriodInDays": key.rotation_days,
        "NextRotationDate": since + key.rotation_days * DAY_S,
    }


def _enable_key_rotation(call: Call) -> Answer:
    return _set_rotation(call, is_yearly=True)


def _disable_key_rotation(call: Call) -> Answer:
    return _set_rotation(call, is_yearly=False)


def _set_rotation(call: Call, *, is_yearly: bool) -> Answer:
    key = managed_key(call)
    _require_rotating(key)
    rules.require_enabled(key)
    days, since = call.parameters.get("RotationPeriodInDays", _YEAR_DAYS), call.now if is_yearly else None
    call.vault.update(key.arn, rotates_yearly=is_yearly, rotation_days=days, rotating_since=since)
    return {}


def _require_rotating(key: Key) -> None:
    if key.spec != SYMMETRIC:
        raise errors.unsupported(f"{key.arn} is not a symmetric encryption key; only those rotate.")
    if key.origin != "AWS_KMS":
        raise errors.wrong_origin(key.arn, key.origin)
    if key.is_replica:
        raise errors.unsupported(f"{key.arn} is a replica; the material of a multi-Region key rotates at its primary.")


def metadata(key: Key, vault: Vault) -> dict[str, Any]:
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
        "Origin": key.origin,
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "MultiRegion": key.is_multi_region,
        **algorithms(key),
    }
    if key.deletion_at is not None:
        facts["DeletionDate"] = key.deletion_at
    if key.spec == SYMMETRIC and key.state != "PendingImport":
        facts["CurrentKeyMaterialId"] = material_id(key.materials[-1])
    if key.is_multi_region:
        facts["MultiRegionConfiguration"] = _regions(key, vault)
    return facts


def _regions(key: Key, vault: Vault) -> dict[str, Any]:
    """Which region has the primary of a multi-Region key, and which have replicas."""
    primary = next((each for each in vault.replicas_of(key) if not each.is_replica), key)
    others = [each for each in vault.replicas_of(key) if each.is_replica]
    return {
        "MultiRegionKeyType": "REPLICA" if key.is_replica else "PRIMARY",
        "PrimaryKey": {"Arn": primary.arn, "Region": primary.region},
        "ReplicaKeys": [{"Arn": each.arn, "Region": each.region} for each in others],
    }


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
    "UpdateKeyDescription": _update_key_description,
}
