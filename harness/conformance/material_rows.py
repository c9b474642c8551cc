"""Rows about where key material comes from and goes: rotation, regions, key stores (kms.md, 2)."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import ELSEWHERE, PLAINTEXT, Row, Step, Switch, Want, refused, succeeds

_ROTATE = Step("RotateKeyOnDemand", {"KeyId": "{key}"})
_OPENS = Want("Plaintext", "is", PLAINTEXT)
_OLD_MATERIAL = Step("Decrypt", {"KeyId": "{key}", "CiphertextBlob": "{blob}"}, keep={"old_material": "KeyMaterialId"})
_ROTATION = [
    succeeds("RotateKeyOnDemand", "plain", "D"),
    succeeds(
        "Decrypt",
        "rotated since the blob was made",
        "S",
        _OPENS,
        before=(Step("Encrypt", {"KeyId": "{key}", "Plaintext": PLAINTEXT}, keep={"made": "CiphertextBlob"}), _ROTATE),
        change={"CiphertextBlob": "{made}"},
    ),
    succeeds(
        "GenerateDataKey",
        "rotation changes the material",
        "S",
        Want("KeyMaterialId", "differs", "{old_material}"),
        before=(_OLD_MATERIAL, _ROTATE),
    ),
    succeeds(
        "Decrypt",
        "an old blob names its old material",
        "S",
        Want("KeyMaterialId", "is", "{old_material}"),
        before=(_OLD_MATERIAL, _ROTATE),
    ),
    refused("RotateKeyOnDemand", "the eleventh time", "LimitExceededException", None, "S", before=(_ROTATE,) * 10),
    refused(
        "RotateKeyOnDemand", "a signing key", "UnsupportedOperationException", None, "M", change={"KeyId": "{signing}"}
    ),
    refused(
        "EnableKeyRotation", "a signing key", "UnsupportedOperationException", None, "M", change={"KeyId": "{signing}"}
    ),
    succeeds("DisableKeyRotation", "plain", "D"),
    succeeds("GetKeyRotationStatus", "off at first", "D", Want("KeyRotationEnabled", "is", False)),
    succeeds(
        "GetKeyRotationStatus",
        "once enabled",
        "D",
        Want("KeyRotationEnabled", "is", True),
        before=(Step("EnableKeyRotation", {"KeyId": "{key}"}),),
    ),
    refused(
        "GetKeyRotationStatus",
        "a signing key",
        "UnsupportedOperationException",
        None,
        "U",
        change={"KeyId": "{signing}"},
    ),
    succeeds(
        "GetKeyRotationStatus",
        "a period of its own",
        "D",
        Want("RotationPeriodInDays", "is", 90),
        before=(Step("EnableKeyRotation", {"KeyId": "{key}", "RotationPeriodInDays": 90}),),
    ),
    succeeds("ListKeyRotations", "none yet", "D", Want("Rotations", "length", 0)),
    succeeds("ListKeyRotations", "one on demand", "D", Want("Rotations", "length", 1), before=(_ROTATE,)),
]

_CONFIGURATION: Final = "KeyMetadata.MultiRegionConfiguration"
_MULTI = Step("Encrypt", {"KeyId": "{multi}", "Plaintext": PLAINTEXT}, keep={"made": "CiphertextBlob"})
_REPLICATE = Step("ReplicateKey", {"KeyId": "{multi}", "ReplicaRegion": ELSEWHERE})
_REGIONS = [
    succeeds(
        "DescribeKey",
        "a multi-Region key",
        "D",
        Want("KeyMetadata.MultiRegion", "is", True),
        change={"KeyId": "{multi}"},
    ),
    succeeds(
        "Decrypt",
        "a multi-Region key",
        "D",
        _OPENS,
        before=(_MULTI,),
        change={"KeyId": "{multi}", "CiphertextBlob": "{made}"},
    ),
    succeeds(
        "DescribeKey",
        "the primary of a multi-Region key",
        "S",
        Want(f"{_CONFIGURATION}.MultiRegionKeyType", "is", "PRIMARY"),
        Want(f"{_CONFIGURATION}.PrimaryKey.Arn", "is", "{multi}"),
        Want(f"{_CONFIGURATION}.ReplicaKeys", "length", 1),
        before=(_REPLICATE,),
        change={"KeyId": "{multi}"},
    ),
    succeeds(
        "DescribeKey",
        "a replica",
        "S",
        Want(f"{_CONFIGURATION}.MultiRegionKeyType", "is", "REPLICA"),
        Want(f"{_CONFIGURATION}.PrimaryKey.Arn", "is", "{multi}"),
        before=(_REPLICATE,),
        change={"KeyId": "{multi_elsewhere}"},
        region=ELSEWHERE,
    ),
    succeeds("DescribeKey", "a single-Region key", "S", Want(_CONFIGURATION, "absent")),
    succeeds("ReplicateKey", "plain", "D", Want("ReplicaKeyMetadata.MultiRegion", "is", True)),
    succeeds("ReplicateKey", "shows the replica's policy", "S", Want("ReplicaPolicy", "form", "(?s).*key-default-1.*")),
    refused(
        "ReplicateKey",
        "a replica",
        "UnsupportedOperationException",
        None,
        "M",
        before=(_REPLICATE,),
        change={"KeyId": "{multi_elsewhere}", "ReplicaRegion": "eu-central-1"},
        region=ELSEWHERE,
    ),
    succeeds(
        "Decrypt",
        "a multi-Region key whose replica is disabled",
        "D",
        _OPENS,
        before=(_MULTI, _REPLICATE, Switch("state", "{multi_elsewhere}", "Disabled")),
        change={"KeyId": "{multi}", "CiphertextBlob": "{made}"},
    ),
    succeeds(
        "Decrypt",
        "in the region of a replica",
        "D",
        _OPENS,
        before=(_MULTI, _REPLICATE),
        change={"KeyId": "{multi_elsewhere}", "CiphertextBlob": "{made}"},
        region=ELSEWHERE,
    ),
    succeeds(
        "Decrypt",
        "in the region of a replica, no key named",
        "D",
        _OPENS,
        before=(_MULTI, _REPLICATE),
        change={"KeyId": None, "CiphertextBlob": "{made}"},
        region=ELSEWHERE,
    ),
    refused(
        "Decrypt",
        "a multi-Region key without a replica there",
        "AccessDeniedException",
        None,
        "D",
        before=(_MULTI,),
        change={"KeyId": None, "CiphertextBlob": "{made}"},
        region=ELSEWHERE,
    ),
    refused(
        "ReplicateKey", "a single-Region key", "UnsupportedOperationException", None, "S", change={"KeyId": "{key}"}
    ),
    refused("ReplicateKey", "twice into one region", "AlreadyExistsException", None, "M", before=(_REPLICATE,)),
    refused(
        "ReplicateKey",
        "a disabled key",
        "DisabledException",
        None,
        "M",
        before=(Switch("state", "{multi}", "Disabled"),),
    ),
]

_NO_STORE = {"CustomKeyStoreId": "cks-1234567890abcdef0"}
_STORES = [
    refused("DeleteCustomKeyStore", "one that does not exist", "CustomKeyStoreNotFoundException", None, "M"),
    succeeds("DescribeCustomKeyStores", "none", "D", Want("CustomKeyStores", "length", 0)),
    refused(
        "DescribeCustomKeyStores",
        "one that does not exist",
        "CustomKeyStoreNotFoundException",
        None,
        "M",
        change=_NO_STORE,
    ),
    refused(
        "CreateKey",
        "in a key store that does not exist",
        "CustomKeyStoreNotFoundException",
        None,
        "M",
        change={**_NO_STORE, "Origin": "AWS_CLOUDHSM"},
    ),
    refused(
        "GenerateRandom",
        "from a key store that does not exist",
        "CustomKeyStoreNotFoundException",
        None,
        "M",
        change=_NO_STORE,
    ),
]

ROWS: Final[tuple[Row, ...]] = (*_ROTATION, *_REGIONS, *_STORES)
