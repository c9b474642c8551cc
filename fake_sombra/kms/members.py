"""What each operation takes: names, types and bounds of its parameters, as botocore's KMS service model has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from fake_sombra.kms.keys import SPECS, USAGES
from fake_sombra.kms.policy.grants import GRANTABLE


@dataclass(frozen=True, slots=True)
class Member:
    """One parameter; `low` and `high` bound a length, or an integer's value. `values` is an enumeration.

    A `list` holds texts, `objects` and `object` hold whatever their operation reads of them. No refusal repeats the
    value of a `hidden` one.
    """

    kind: Literal["text", "blob", "integer", "boolean", "pairs", "list", "objects", "object"]
    low: int = 0
    high: int = 1 << 62
    values: tuple[str, ...] = ()
    required: bool = False
    hidden: bool = False


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
_POLICY = Member("text", 1, 131_072)
_NAME = Member("text", 1, 128)
_GRANT_ID = Member("text", 1, 128)
_STORE = Member("text", 1, 64)
_THE_STORE = {"CustomKeyStoreId": Member("text", 1, 64, required=True)}
_TAGS = Member("objects")
_PRINCIPAL = Member("text", 1, 256)
_MESSAGE = Member("blob", 1, 4096, required=True)
_REGION = Member("text", 1, 32, required=True)
_SIGNING = Member(
    "text",
    values=(
        *(f"RSASSA_{how}_SHA_{size}" for how in ("PSS", "PKCS1_V1_5") for size in (256, 384, 512)),
        *(f"ECDSA_SHA_{size}" for size in (256, 384, 512)),
    ),
    required=True,
)
_MAC = Member("text", values=tuple(f"HMAC_SHA_{size}" for size in (384, 256, 224, 512)), required=True)
_MESSAGE_TYPE = Member("text", values=("RAW", "DIGEST"))
_SIGNED = {"Message": _MESSAGE, "MessageType": _MESSAGE_TYPE, "SigningAlgorithm": _SIGNING}
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
    "ConnectCustomKeyStore": _THE_STORE,
    "CreateAlias": _TO_ALIAS,
    "CreateCustomKeyStore": {
        "CloudHsmClusterId": Member("text", 19, 24),
        "CustomKeyStoreName": Member("text", 1, 256, required=True),
        "CustomKeyStoreType": Member("text", values=("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")),
        "KeyStorePassword": Member("text", 7, 32, hidden=True),
        "TrustAnchorCertificate": Member("text", 1, 5000),
    },
    "CreateGrant": {
        **_ONE_KEY,
        **_COMMON,
        "Constraints": Member("object"),
        "GranteePrincipal": Member("text", 1, 256, required=True),
        "Name": Member("text", 1, 256),
        "Operations": Member("list", values=tuple(sorted(GRANTABLE)), required=True),
        "RetiringPrincipal": _PRINCIPAL,
    },
    "CreateKey": {
        "BypassPolicyLockoutSafetyCheck": _FLAG,
        "CustomKeyStoreId": _STORE,
        "CustomerMasterKeySpec": Member("text", values=SPECS),
        "Description": Member("text", 0, 8192),
        "KeySpec": Member("text", values=SPECS),
        "KeyUsage": Member("text", values=USAGES),
        "MultiRegion": _FLAG,
        "Origin": Member("text", values=("AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")),
        "Policy": _POLICY,
        "Tags": _TAGS,
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
    "DeleteCustomKeyStore": _THE_STORE,
    "DeleteImportedKeyMaterial": _ONE_KEY,
    "DescribeCustomKeyStores": {**_PAGE, "CustomKeyStoreId": _STORE},
    "DescribeKey": {**_ONE_KEY, "GrantTokens": _GRANTS},
    "DisableKey": _ONE_KEY,
    "DisableKeyRotation": _ONE_KEY,
    "DisconnectCustomKeyStore": _THE_STORE,
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
    "GenerateMac": {**_ONE_KEY, **_COMMON, "MacAlgorithm": _MAC, "Message": _MESSAGE},
    "GenerateRandom": {"CustomKeyStoreId": _STORE, "NumberOfBytes": _SIZE},
    "GetKeyPolicy": {**_ONE_KEY, "PolicyName": _NAME},
    "GetKeyRotationStatus": _ONE_KEY,
    "GetParametersForImport": {
        **_ONE_KEY,
        "WrappingAlgorithm": Member("text", required=True),
        "WrappingKeySpec": Member("text", required=True),
    },
    "GetPublicKey": {**_ONE_KEY, "GrantTokens": _GRANTS},
    "ImportKeyMaterial": {**_ONE_KEY, "EncryptedKeyMaterial": _BLOB, "ImportToken": _BLOB},
    "ListAliases": {**_PAGE, "KeyId": _KEY},
    "ListGrants": {**_ONE_KEY, **_PAGE, "GrantId": _GRANT_ID, "GranteePrincipal": _PRINCIPAL},
    "ListKeyPolicies": {**_ONE_KEY, **_PAGE},
    "ListKeyRotations": {**_ONE_KEY, **_PAGE},
    "ListKeys": _PAGE,
    "ListResourceTags": {**_ONE_KEY, **_PAGE},
    "ListRetirableGrants": {**_PAGE, "RetiringPrincipal": Member("text", 1, 256, required=True)},
    "PutKeyPolicy": {
        **_ONE_KEY,
        "BypassPolicyLockoutSafetyCheck": _FLAG,
        "Policy": Member("text", 1, 131_072, required=True),
        "PolicyName": _NAME,
    },
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
    "ReplicateKey": {
        **_ONE_KEY,
        "BypassPolicyLockoutSafetyCheck": _FLAG,
        "Description": Member("text", 0, 8192),
        "Policy": _POLICY,
        "ReplicaRegion": _REGION,
        "Tags": _TAGS,
    },
    "RetireGrant": {"DryRun": _FLAG, "GrantId": _GRANT_ID, "GrantToken": Member("text", 1, 8192), "KeyId": _KEY},
    "RevokeGrant": {**_ONE_KEY, "DryRun": _FLAG, "GrantId": Member("text", 1, 128, required=True)},
    "RotateKeyOnDemand": _ONE_KEY,
    "ScheduleKeyDeletion": {**_ONE_KEY, "PendingWindowInDays": Member("integer", 7, 30)},
    "Sign": {**_ONE_KEY, **_COMMON, **_SIGNED},
    "TagResource": {**_ONE_KEY, "Tags": Member("objects", required=True)},
    "UntagResource": {**_ONE_KEY, "TagKeys": Member("list", required=True)},
    "UpdateAlias": _TO_ALIAS,
    "UpdateCustomKeyStore": _THE_STORE,
    "UpdateKeyDescription": {**_ONE_KEY, "Description": Member("text", 0, 8192, required=True)},
    "UpdatePrimaryRegion": {**_ONE_KEY, "PrimaryRegion": _REGION},
    "Verify": {**_ONE_KEY, **_COMMON, **_SIGNED, "Signature": _BLOB},
    "VerifyMac": {**_ONE_KEY, **_COMMON, "Mac": _BLOB, "MacAlgorithm": _MAC, "Message": _MESSAGE},
}
