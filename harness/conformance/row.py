"""What a row of the conformance table is: one call, what comes before it, and what AWS KMS then answers.

Texts may name what a scene makes afresh for each row (`{key}`, `{blob}`, see `scene.py`). Marks as in kms.md:
S recorded from AWS, M the service model, D documentation, I a public issue, U not established: our decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Mark = Literal["S", "M", "D", "I", "U"]
Who = Literal["caller", "stranger", "impostor", "expired"]
"""Who signs: the account under test, another account, the first one's key with a wrong secret, or too late."""
Also = tuple[tuple[str, str | None], ...]
"""Further refusals, each a code and a message."""

PLAINTEXT: Final = b"thirty-two bytes of a secret CEK"
HERE: Final = "eu-west-1"
ELSEWHERE: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class Step:
    """A call that must succeed before the row's own; `keep` names parts of its answer for later."""

    operation: str
    parameters: Mapping[str, Any]
    region: str = HERE
    keep: Mapping[str, str] = field(default_factory=dict)
    by: Who = "caller"


@dataclass(frozen=True, slots=True)
class Switch:
    """Something no call of the KMS brings about at once: a state, a missing permission, time gone by, a failure.

    `quota` lets AWS' request quotas count from now on, which they always do at AWS; `fault` is a spec (docs/wire.md).
    """

    what: Literal["state", "deny", "forget", "quota", "fault"]
    key: str = "{key}"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Want:
    """One part of a successful answer: `KeyMetadata.KeyState` is, has the length, has the form, differs or lacks."""

    path: str
    kind: Literal["is", "length", "form", "differs", "absent"]
    value: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """`code` None means success, `message` None that AWS' words are not known; `parameters` are complete.

    `also` holds the other refusals that AWS is known to give instead, each a code and a message or None.
    """

    name: str
    operation: str
    parameters: Mapping[str, Any]
    mark: Mark
    code: str | None = None
    message: str | None = None
    answer: tuple[Want, ...] = ()
    before: tuple[Step | Switch, ...] = ()
    region: str = HERE
    by: Who = "caller"
    status: int = 400
    also: Also = ()

    @property
    def id(self) -> str:
        """Unique, and stable over releases: ledgers go by it."""
        return f"{self.operation}: {self.name}"

    @property
    def operations(self) -> frozenset[str]:
        """Every operation that the row uses."""
        return frozenset({self.operation, *(each.operation for each in self.before if isinstance(each, Step))})


_KEY: Final[Mapping[str, Any]] = {"KeyId": "{key}"}
_BY_ID: Final[Mapping[str, Any]] = {"KeyId": "{key_id}"}  # moto breaks on ARNs here, which has a row of its own
_SIGNED: Final[Mapping[str, Any]] = {
    "KeyId": "{signing}",
    "Message": PLAINTEXT,
    "SigningAlgorithm": "ECDSA_SHA_384",
}
PLAIN: Final[Mapping[str, Mapping[str, Any]]] = {
    "CancelKeyDeletion": _BY_ID,
    "CreateAlias": {"AliasName": "{free_alias}", "TargetKeyId": "{key}"},
    "CreateGrant": {**_KEY, "GranteePrincipal": "{principal}", "Operations": ["Encrypt", "Decrypt"]},
    "CreateKey": {},
    "Decrypt": {**_KEY, "CiphertextBlob": "{blob}"},
    "DeleteAlias": {"AliasName": "{alias_name}"},
    "DeleteCustomKeyStore": {"CustomKeyStoreId": "cks-1234567890abcdef0"},
    "DescribeCustomKeyStores": {},
    "DescribeKey": _KEY,
    "DisableKey": _BY_ID,
    "DisableKeyRotation": _KEY,
    "EnableKey": _BY_ID,
    "EnableKeyRotation": _KEY,
    "Encrypt": {**_KEY, "Plaintext": PLAINTEXT},
    "GenerateDataKey": {**_KEY, "KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {**_KEY, "NumberOfBytes": 64},
    "GenerateMac": {"KeyId": "{hmac}", "Message": PLAINTEXT, "MacAlgorithm": "HMAC_SHA_256"},
    "GenerateRandom": {"NumberOfBytes": 32},
    "GetKeyPolicy": {**_KEY, "PolicyName": "default"},
    "GetKeyRotationStatus": _KEY,
    "GetParametersForImport": {**_KEY, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
    "GetPublicKey": {"KeyId": "{signing}"},
    "ListAliases": {},
    "ListGrants": _KEY,
    "ListKeyPolicies": _KEY,
    "ListKeyRotations": _KEY,
    "ListKeys": {},
    "ListResourceTags": _KEY,
    "PutKeyPolicy": {**_KEY, "PolicyName": "default"},
    "ReEncrypt": {"SourceKeyId": "{key}", "CiphertextBlob": "{blob}", "DestinationKeyId": "{other}"},
    "ReplicateKey": {"KeyId": "{multi}", "ReplicaRegion": ELSEWHERE},
    "RetireGrant": {"GrantToken": "bm90IGEgdG9rZW4="},
    "RevokeGrant": {**_KEY, "GrantId": "0" * 64},
    "RotateKeyOnDemand": _KEY,
    "ScheduleKeyDeletion": {**_BY_ID, "PendingWindowInDays": 7},
    "Sign": _SIGNED,
    "TagResource": {**_KEY, "Tags": [{"TagKey": "stage", "TagValue": "rehearsal"}]},
    "UpdateAlias": {"AliasName": "{alias_name}", "TargetKeyId": "{other}"},
    "UpdateKeyDescription": {**_KEY, "Description": "the wrapping key"},
    "Verify": {
        **_SIGNED,
        "Signature": bytes.fromhex("3064") + b"\x02\x30" + b"\x11" * 48 + b"\x02\x30" + b"\x22" * 48,
    },
    "VerifyMac": {"KeyId": "{hmac}", "Message": PLAINTEXT, "MacAlgorithm": "HMAC_SHA_256", "Mac": b"\x11" * 32},
}


def refused(
    operation: str,
    name: str,
    code: str,
    message: str | None,
    mark: Mark,
    *,
    change: Mapping[str, Any] | None = None,
    before: tuple[Step | Switch, ...] = (),
    region: str = HERE,
    by: Who = "caller",
    status: int = 400,
    also: Also = (),
) -> Row:
    """The plain call with something changed, which AWS refuses; None takes a parameter away."""
    parameters = _changed(operation, change)
    return Row(name, operation, parameters, mark, code, message, (), before, region, by, status, also)


def succeeds(
    operation: str,
    name: str,
    mark: Mark,
    *wants: Want,
    change: Mapping[str, Any] | None = None,
    before: tuple[Step | Switch, ...] = (),
    region: str = HERE,
    by: Who = "caller",
) -> Row:
    """The plain call, changed or not, which AWS answers with what is wanted."""
    return Row(name, operation, _changed(operation, change), mark, answer=wants, before=before, region=region, by=by)


def _changed(operation: str, change: Mapping[str, Any] | None) -> dict[str, Any]:
    merged = {**PLAIN[operation], **(change or {})}
    return {name: value for name, value in merged.items() if value is not None}
