"""What a row of the conformance table is, and the happy call each one starts from.

Marks as in kms.md: S recorded from AWS, M the service model, D documentation, I a public issue, U our decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_sombra.kms import Kms
from tests.unit.fake_sombra.kms.bench import ARN, OTHER, PLAINTEXT, REGION

BLOB: Final = object()
"""Stands for a blob made under the first key with no context."""

CONTEXT_BLOB: Final = object()
"""Stands for a blob made under the first key with the context {"ab": "c"}."""

ON_KEY: Final[Mapping[str, Any]] = {"KeyId": ARN}


@dataclass(frozen=True, slots=True)
class Row:
    """A happy call of HAPPY, what is changed about it or the world, and how AWS then refuses."""

    name: str
    operation: str
    code: str
    message: str | None
    mark: str
    change: Mapping[str, Any] = field(default_factory=dict)
    arrange: Callable[[Kms], object] = lambda _: None
    region: str = REGION


HAPPY: Final[Mapping[str, Mapping[str, Any]]] = {
    "Encrypt": {**ON_KEY, "Plaintext": PLAINTEXT},
    "Decrypt": {**ON_KEY, "CiphertextBlob": BLOB},
    "GenerateDataKey": {**ON_KEY, "KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {**ON_KEY, "NumberOfBytes": 64},
    "GenerateRandom": {"NumberOfBytes": 32},
    "ReEncrypt": {"SourceKeyId": ARN, "CiphertextBlob": BLOB, "DestinationKeyId": OTHER},
    "DescribeKey": ON_KEY,
    "EnableKey": ON_KEY,
    "DisableKey": ON_KEY,
    "ScheduleKeyDeletion": {**ON_KEY, "PendingWindowInDays": 7},
    "RotateKeyOnDemand": ON_KEY,
    "GetKeyRotationStatus": ON_KEY,
    "EnableKeyRotation": ON_KEY,
    "DisableKeyRotation": ON_KEY,
    "CreateAlias": {"AliasName": "alias/new", "TargetKeyId": ARN},
    "UpdateAlias": {"AliasName": "alias/gateway", "TargetKeyId": OTHER},
    "DeleteAlias": {"AliasName": "alias/gateway"},
    "ListKeys": {},
    "ListAliases": {},
    "CreateKey": {},
}
