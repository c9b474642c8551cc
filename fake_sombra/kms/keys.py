"""What a KMS key is, and how a KeyId finds it: id, key ARN, alias name, alias ARN, with region and account rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_sombra.kms.errors import KmsError

SYMMETRIC = "SYMMETRIC_DEFAULT"
ENABLED = "Enabled"
STATES = (ENABLED, "Disabled", "PendingDeletion", "PendingImport", "Unavailable")

_ARN = re.compile(r"arn:aws:kms:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<kind>key|alias)/(?P<name>.+)")


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of a key or alias ARN."""

    region: str
    account: str
    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Arn | None:
        """The parts, or nothing when it is no such ARN."""
        found = _ARN.fullmatch(text)
        return cls(**found.groupdict()) if found else None

    def __str__(self) -> str:
        return f"arn:aws:kms:{self.region}:{self.account}:{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Key:
    """A key's metadata and the ids of its material versions, newest last; a change makes another value."""

    arn: Arn
    versions: tuple[str, ...]
    spec: str = SYMMETRIC
    usage: str = "ENCRYPT_DECRYPT"
    state: str = ENABLED
    description: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the signature's credential scope says."""

    region: str
    access_key_id: str
    account: str

    @property
    def principal(self) -> str:
        """The ARN that error messages and the journal name."""
        return f"arn:aws:iam::{self.account}:user/{self.access_key_id}"


@dataclass(slots=True)
class Keys:
    """All keys by ARN and all aliases by alias ARN."""

    by_arn: dict[str, Key] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Keys:
        """An independent table of the same keys."""
        return Keys(dict(self.by_arn), dict(self.aliases))

    def resolve(self, key_id: object, caller: Caller) -> Key:
        """The key a KeyId names for this caller; raise `KmsError` as AWS words it (kms.md section 2)."""
        if not isinstance(key_id, str) or not key_id:
            raise KmsError("ValidationException", "1 validation error detected: Value at 'keyId' must not be null")
        arn = Arn.parse(key_id)
        if arn is None:
            arn = self._bare(key_id, caller)
        elif arn.region != caller.region:
            raise KmsError("NotFoundException", f"Invalid arn {caller.region}")
        if arn.account != caller.account:
            raise KmsError(
                "AccessDeniedException",
                f"User: {caller.principal} is not authorized to perform this action on resource: {arn} "
                "because no resource-based policy allows it",
            )
        return self._named(arn)

    def _bare(self, key_id: str, caller: Caller) -> Arn:
        if key_id.startswith("arn:"):
            raise KmsError("NotFoundException", f"Invalid arn {caller.region}")
        if key_id.startswith("alias/"):
            return Arn(caller.region, caller.account, "alias", key_id.removeprefix("alias/"))
        if not re.fullmatch(r"(mrk-)?[0-9a-f-]{32,36}", key_id):
            raise KmsError("NotFoundException", f"Invalid keyId '{key_id}'")
        return Arn(caller.region, caller.account, "key", key_id)

    def _named(self, arn: Arn) -> Key:
        if arn.kind == "alias":
            target = self.aliases.get(str(arn))
            if target is None:
                raise KmsError("NotFoundException", f"Alias {arn} is not found.")
            return self.by_arn[target]
        key = self.by_arn.get(str(arn))
        if key is None:
            raise KmsError("NotFoundException", f"Key '{arn}' does not exist")
        return key

    def of_version(self, version: str) -> Key | None:
        """The key a piece of material belongs to."""
        return next((key for key in self.by_arn.values() if version in key.versions), None)

    def metadata(self, key: Key) -> Mapping[str, object]:
        """What DescribeKey says of a key."""
        return {
            "AWSAccountId": key.arn.account,
            "Arn": str(key.arn),
            "KeyId": key.arn.name,
            "KeyState": key.state,
            "Enabled": key.state == ENABLED,
            "KeySpec": key.spec,
            "CustomerMasterKeySpec": key.spec,
            "KeyUsage": key.usage,
            "KeyManager": "CUSTOMER",
            "Origin": "AWS_KMS",
            "MultiRegion": key.arn.name.startswith("mrk-"),
            "Description": key.description,
            **({"EncryptionAlgorithms": [SYMMETRIC]} if key.usage == "ENCRYPT_DECRYPT" else {}),
        }
