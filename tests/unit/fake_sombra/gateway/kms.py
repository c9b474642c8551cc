"""A KMS client of one key in memory, and environments under AWS for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from tests.unit.fake_sombra.gateway.world import environ

ARN = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"


@dataclass(slots=True)
class OneKey:
    """Answers what boto3's client answers; `refuses` maps an operation to an error code."""

    arn: str = ARN
    refuses: dict[str, str] = field(default_factory=dict)
    blobs: dict[bytes, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def generate_random(self, **asked: Any) -> dict[str, Any]:
        self._admit("GenerateRandom")
        return {"Plaintext": bytes([len(self.calls) % 256]) * int(asked["NumberOfBytes"])}

    def encrypt(self, **asked: Any) -> dict[str, Any]:
        self._admit("Encrypt")
        blob = b"blob" * 40 + bytes([len(self.blobs)])
        self.blobs[blob] = asked["Plaintext"]
        return {"CiphertextBlob": blob, "KeyId": self.arn}

    def decrypt(self, **asked: Any) -> dict[str, Any]:
        self._admit("Decrypt")
        if asked["CiphertextBlob"] not in self.blobs:
            raise _error("InvalidCiphertextException", "Decrypt")
        return {"Plaintext": self.blobs[asked["CiphertextBlob"]], "KeyId": self.arn}

    def _admit(self, operation: str) -> None:
        self.calls.append(operation)
        if code := self.refuses.get(operation, self.refuses.get("*")):
            raise _error(code, operation)


def _error(code: str, operation: str) -> Exception:
    if code == "unreachable":
        return EndpointConnectionError(endpoint_url="http://kms.fake")
    return ClientError({"Error": {"Code": code, "Message": "said the fake"}}, operation)


def aws(*keys: str, **more: str) -> dict[str, str]:
    """Return an environment under AWS with these signing keys."""
    return environ(
        *keys,
        KMS_PROVIDER="AWS",
        AWS_KMS_KEY_ARN=ARN,
        AWS_REGION="eu-west-1",
        **more,
    )
