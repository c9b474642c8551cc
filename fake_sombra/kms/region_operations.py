"""The operations on where material lives and since when: replicas, rotations, and imports and key stores: none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.key_operations import managed_key, metadata, page
from fake_sombra.kms.key_policies import new_policy, policy_text
from fake_sombra.kms.keys import key_arn, material_id
from fake_sombra.kms.tags import read_tags
from fake_sombra.kms.vault import KeyExists


def _replicate_key(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_enabled(key)
    if not key.is_multi_region or key.is_replica:
        raise errors.unsupported(f"{key.arn} is not a multi-Region primary key.")
    arn = str(replace(key_arn(key.arn), region=call.parameters["ReplicaRegion"]))
    more = {
        "description": call.parameters.get("Description", ""),
        "policy": new_policy(call, arn),
        "tags": read_tags(call.parameters.get("Tags", ())),
    }
    try:
        replica = call.vault.replicate(key, call.parameters["ReplicaRegion"], now=call.now, **more)
    except KeyExists as error:
        raise errors.KmsError("AlreadyExistsException", str(error)) from error
    return {
        "ReplicaKeyMetadata": metadata(replica, call.vault),
        "ReplicaPolicy": policy_text(replica.policy, replica.arn),
        "ReplicaTags": [{"TagKey": name, "TagValue": value} for name, value in replica.tags],
    }


def _update_primary_region(call: Call) -> Answer:
    key, region = managed_key(call), call.parameters["PrimaryRegion"]
    rules.require_enabled(key)
    if not key.is_multi_region or key.is_replica:
        raise errors.unsupported(f"{key.arn} is not a multi-Region primary key.")
    family = call.vault.replicas_of(key)
    heir = next((each for each in family if each.region == region), None)
    if heir is None:
        raise errors.not_found(f"Key '{replace(key_arn(key.arn), region=region)}' does not exist")
    rules.require_enabled(heir)
    for each in family:
        call.vault.update(each.arn, primary=region)
    return {}


def _list_key_rotations(call: Call) -> Answer:
    key = managed_key(call)
    shown = [
        {
            "KeyId": key.arn,
            "RotationDate": at,
            "RotationType": "ON_DEMAND",
            "KeyMaterialId": material_id(key.materials[number]),
        }
        for number, at in enumerate(key.rotated_at, start=len(key.materials) - len(key.rotated_at))
    ]
    return page(call, shown, "Rotations")


def _describe_custom_key_stores(call: Call) -> Answer:
    call.may("kms:DescribeCustomKeyStores")
    if "CustomKeyStoreId" in call.parameters:
        raise errors.no_key_store(call.parameters["CustomKeyStoreId"])
    return page(call, [], "CustomKeyStores")


def _no_such_key_store(call: Call) -> Answer:
    call.may(f"kms:{call.operation}")
    raise errors.no_key_store(call.parameters["CustomKeyStoreId"])


def _create_custom_key_store(call: Call) -> Answer:
    call.may("kms:CreateCustomKeyStore")
    if call.parameters.get("CustomKeyStoreType", "AWS_CLOUDHSM") != "AWS_CLOUDHSM":
        raise errors.unsupported("This front has no way to an external key store's proxy.")
    cluster = call.parameters.get("CloudHsmClusterId", "")
    raise errors.KmsError("CloudHsmClusterNotFoundException", f"The AWS CloudHSM cluster {cluster} does not exist.")


def _import(call: Call) -> Answer:
    key = managed_key(call)
    if key.origin != "EXTERNAL":
        raise errors.wrong_origin(key.arn, key.origin)
    raise errors.unsupported(f"{key.arn}: this front imports no key material.")


HANDLERS: Final[Mapping[str, Handler]] = {
    "ConnectCustomKeyStore": _no_such_key_store,
    "CreateCustomKeyStore": _create_custom_key_store,
    "DeleteCustomKeyStore": _no_such_key_store,
    "DeleteImportedKeyMaterial": _import,
    "DescribeCustomKeyStores": _describe_custom_key_stores,
    "DisconnectCustomKeyStore": _no_such_key_store,
    "GetParametersForImport": _import,
    "ImportKeyMaterial": _import,
    "ListKeyRotations": _list_key_rotations,
    "ReplicateKey": _replicate_key,
    "UpdateCustomKeyStore": _no_such_key_store,
    "UpdatePrimaryRegion": _update_primary_region,
}
