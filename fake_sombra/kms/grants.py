"""A grant as CreateGrant left it on a key: its id, its token, and what the policy evaluator reads of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fake_sombra.kms.policy import Grant

Constraints = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """`token` lets its bearer use the grant before it is visible everywhere; `issuer` is an account."""

    id: str
    token: str = field(repr=False)
    grantee: str
    operations: tuple[str, ...]
    issuer: str
    created_at: float
    retiring: str | None = None
    constraints: Constraints | None = None
    name: str | None = None

    def on(self, key: str) -> Grant:
        """The grant on a key, by its ARN, as the evaluator takes it."""
        bound = self.constraints or {}
        equals, subset = bound.get("EncryptionContextEquals"), bound.get("EncryptionContextSubset")
        return Grant(self.id, key, self.grantee, frozenset(self.operations), equals, subset)

    def is_like(self, other: GrantRecord) -> bool:
        """The same in all that CreateGrant was asked, so that a repeated call makes no second one."""
        return replace(self, id=other.id, token=other.token, created_at=other.created_at) == other

    def shown(self, key: str) -> dict[str, Any]:
        """As ListGrants shows it; the token never stands there."""
        facts: dict[str, Any] = {
            "KeyId": key,
            "GrantId": self.id,
            "Name": self.name or "",
            "CreationDate": self.created_at,
            "GranteePrincipal": self.grantee,
            "IssuingAccount": f"arn:aws:iam::{self.issuer}:root",
            "Operations": list(self.operations),
        }
        if self.retiring is not None:
            facts["RetiringPrincipal"] = self.retiring
        if self.constraints is not None:
            facts["Constraints"] = self.constraints
        return facts

    def to_json(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "id": self.id,
            "token": self.token,
            "grantee": self.grantee,
            "operations": list(self.operations),
            "issuer": self.issuer,
            "created_at": self.created_at,
            "retiring": self.retiring,
            "constraints": self.constraints,
            "name": self.name,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> GrantRecord:
        """Bring one of a snapshot back."""
        return cls(**{**saved, "operations": tuple(saved["operations"])})
