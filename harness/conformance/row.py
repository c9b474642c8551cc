"""What a row of the conformance table is: one call, what comes before it, and what AWS KMS then answers.

Texts may name what a scene makes afresh for each row (`{key}`, `{blob}`, see `scene.py`). Marks as in kms.md:
S recorded from AWS, M the service model, D documentation, I a public issue, U not established: our decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Mark = Literal["S", "M", "D", "I", "U"]

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


@dataclass(frozen=True, slots=True)
class Switch:
    """Something no call of the KMS brings about at once: a state, a missing permission, time gone by."""

    what: Literal["state", "deny", "forget"]
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
    """`code` None means success, `message` None that AWS' words are not known; `parameters` are complete."""

    name: str
    operation: str
    parameters: Mapping[str, Any]
    mark: Mark
    code: str | None = None
    message: str | None = None
    answer: tuple[Want, ...] = ()
    before: tuple[Step | Switch, ...] = ()
    region: str = HERE

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
PLAIN: Final[Mapping[str, Mapping[str, Any]]] = {
    "CancelKeyDeletion": _BY_ID,
    "CreateAlias": {"AliasName": "{free_alias}", "TargetKeyId": "{key}"},
    "CreateKey": {},
    "Decrypt": {**_KEY, "CiphertextBlob": "{blob}"},
    "DeleteAlias": {"AliasName": "{alias_name}"},
    "DescribeCustomKeyStores": {},
    "DescribeKey": _KEY,
    "DisableKey": _BY_ID,
    "DisableKeyRotation": _KEY,
    "EnableKey": _BY_ID,
    "EnableKeyRotation": _KEY,
    "Encrypt": {**_KEY, "Plaintext": PLAINTEXT},
    "GenerateDataKey": {**_KEY, "KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {**_KEY, "NumberOfBytes": 64},
    "GenerateRandom": {"NumberOfBytes": 32},
    "GetKeyRotationStatus": _KEY,
    "ListAliases": {},
    "ListKeyRotations": _KEY,
    "ListKeys": {},
    "PutKeyPolicy": {**_KEY, "PolicyName": "default"},
    "ReEncrypt": {"SourceKeyId": "{key}", "CiphertextBlob": "{blob}", "DestinationKeyId": "{other}"},
    "ReplicateKey": {"KeyId": "{multi}", "ReplicaRegion": ELSEWHERE},
    "RotateKeyOnDemand": _KEY,
    "ScheduleKeyDeletion": {**_BY_ID, "PendingWindowInDays": 7},
    "UpdateAlias": {"AliasName": "{alias_name}", "TargetKeyId": "{other}"},
    "Verify": {
        "KeyId": "{signing}",
        "Message": PLAINTEXT,
        "SigningAlgorithm": "ECDSA_SHA_384",
        "Signature": bytes.fromhex("3064") + b"\x02\x30" + b"\x11" * 48 + b"\x02\x30" + b"\x22" * 48,
    },
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
) -> Row:
    """The plain call with something changed, which AWS refuses; None takes a parameter away."""
    return Row(name, operation, _changed(operation, change), mark, code, message, before=before, region=region)


def succeeds(
    operation: str,
    name: str,
    mark: Mark,
    *wants: Want,
    change: Mapping[str, Any] | None = None,
    before: tuple[Step | Switch, ...] = (),
    region: str = HERE,
) -> Row:
    """The plain call, changed or not, which AWS answers with what is wanted."""
    return Row(name, operation, _changed(operation, change), mark, answer=wants, before=before, region=region)


def _changed(operation: str, change: Mapping[str, Any] | None) -> dict[str, Any]:
    merged = {**PLAIN[operation], **(change or {})}
    return {name: value for name, value in merged.items() if value is not None}
