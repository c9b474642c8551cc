"""Grants: permissions for one principal on one key, bound to encryption contexts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fake_sombra.kms.policy.document import Element
from fake_sombra.kms.policy.principals import Reach, reach
from fake_sombra.kms.policy.request import Request
from fake_sombra.kms.policy.truth import Doubt, Truth

WITH_CONTEXT: Final = frozenset(
    {
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    }
)
GRANTABLE: Final = WITH_CONTEXT | {
    "CreateGrant",
    "DeriveSharedSecret",
    "DescribeKey",
    "GenerateMac",
    "GetPublicKey",
    "RetireGrant",
    "Sign",
    "Verify",
    "VerifyMac",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """`key` is the key's ARN; a constraint that is None does not bind."""

    name: str
    key: str
    grantee: str
    operations: frozenset[str]
    equals: Mapping[str, str] | None = None
    subset: Mapping[str, str] | None = None

    def covers(self, request: Request) -> Truth:
        """Whether the grant allows a request."""
        operation = request.action.partition(":")[2]
        if request.resource != self.key or operation not in self.operations:
            return False
        how = reach(Element((self.grantee,)), request.principal)
        if how is Reach.NONE or not self._admits(operation, request.context):
            return False
        if how is Reach.ACCOUNT:
            return Doubt((f"the grant {self.name} is to an account, and who may use it there is not known",))
        if operation == "CreateGrant" and (self.equals is not None or self.subset is not None):
            return Doubt((f"how far the constraint of {self.name} binds new grants is not evaluated here",))
        return True

    def _admits(self, operation: str, context: Mapping[str, str]) -> bool:
        """Names of pairs have no case in a constraint; values do. Operations without a context are not bound."""
        if operation not in WITH_CONTEXT:
            return True
        given = _pairs(context)
        is_equal = self.equals is None or given == _pairs(self.equals)
        return is_equal and (self.subset is None or _pairs(self.subset) <= given)


def _pairs(context: Mapping[str, str]) -> Counter[tuple[str, str]]:
    return Counter((name.lower(), value) for name, value in context.items())
