"""The operations on where material lives and since when: replicas, rotations, and key stores (there are none)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.key_operations import managed_key, metadata, page
from fake_sombra.kms.keys import material_id
from fake_sombra.kms.vault import KeyExists


def _replicate_key(call: Call) -> Answer:
    key = managed_key(call)
    rules.require_enabled(key)
    if not key.is_multi_region:
        raise errors.unsupported(f"{key.arn} is not a multi-Region key.")
    try:
        replica = call.vault.replicate(key, call.parameters["ReplicaRegion"], now=call.now)
    except KeyExists as error:
        raise errors.KmsError("AlreadyExistsException", str(error)) from error
    return {"ReplicaKeyMetadata": metadata(replica), "ReplicaPolicy": "", "ReplicaTags": []}


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
    call.may("kms:DescribeCustomKeyStores", "*")
    if "CustomKeyStoreId" in call.parameters:
        raise errors.no_key_store(call.parameters["CustomKeyStoreId"])
    return page(call, [], "CustomKeyStores")


HANDLERS: Final[Mapping[str, Handler]] = {
    "DescribeCustomKeyStores": _describe_custom_key_stores,
    "ListKeyRotations": _list_key_rotations,
    "ReplicateKey": _replicate_key,
}
