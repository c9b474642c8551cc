"""One call on its way through the rules: who asks for what, what it may touch, what the journal will say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fake_sombra.kms.context import digest
from fake_sombra.kms.errors import dry_run
from fake_sombra.kms.journal import marked
from fake_sombra.kms.keys import Key
from fake_sombra.kms.parameters import Parameters
from fake_sombra.kms.policy import NO_KEY, Policy
from fake_sombra.kms.vault import Vault

Facts = Mapping[str, tuple[str, ...]]

_NAMED_BY = {
    "kms:CreateAlias": "TargetKeyId",
    "kms:ReEncryptFrom": "SourceKeyId",
    "kms:ReEncryptTo": "DestinationKeyId",
    "kms:UpdateAlias": "TargetKeyId",
}
_BY_PARAMETER = {
    "BypassPolicyLockoutSafetyCheck": "kms:BypassPolicyLockoutSafetyCheck",
    "EncryptionAlgorithm": "kms:EncryptionAlgorithm",
    "GranteePrincipal": "kms:GranteePrincipal",
    "MacAlgorithm": "kms:MacAlgorithm",
    "MessageType": "kms:MessageType",
    "PendingWindowInDays": "kms:ScheduleKeyDeletionPendingWindowInDays",
    "PrimaryRegion": "kms:PrimaryRegion",
    "ReplicaRegion": "kms:ReplicaRegion",
    "RetiringPrincipal": "kms:RetiringPrincipal",
    "RotationPeriodInDays": "kms:RotationPeriodInDays",
    "SigningAlgorithm": "kms:SigningAlgorithm",
}
_ABOUT_GRANTS = frozenset({"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"})
_ALIAS = re.compile(r"(?:\A|:)(alias/.+)")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed the request, by its credential scope.

    `principal` is an ARN where the front has been told who holds the access key. `replica` is what the client calls
    itself in its user agent (`app/…`), by which the instances of one gateway can be told apart.
    """

    region: str
    access_key_id: str
    principal: str | None = None
    replica: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One question to whoever authorizes: may `principal` do `action` to `resource` in this context.

    `action` is spelled as IAM does (`kms:Decrypt`); `resource` is a key ARN, or `*` where no key is touched.
    `facts` gives the condition keys that only the key and the request show, without value if absent; few ask for it.
    `key` is the key itself, with its policy and its grants.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]
    facts: Callable[[], Facts] = field(default=dict, repr=False, compare=False)
    key: Key | None = field(default=None, repr=False, compare=False)


@dataclass(slots=True)
class Call:
    """A call whose parameters have their right types; `key`, `size`, `mark` and `context` are for the journal.

    `knows_token` tells grant tokens, whatever the vault that the call sees knows already; `would_allow` decides an
    access under a key policy that is not in force yet.
    """

    operation: str
    caller: Caller
    account: str
    principal: str
    vault: Vault
    authorize: Callable[[Access], None]
    now: float
    new_id: Callable[[], str]
    knows_token: Callable[[str], bool] = lambda _: False
    would_allow: Callable[[Access, Policy], bool] = lambda _, __: True
    parameters: Parameters = field(default_factory=dict, repr=False)
    key: str | None = None
    size: int | None = None
    mark: bytes | None = field(default=None, repr=False)
    context: str | None = None

    def handled(self, plaintext: bytes) -> None:
        """Note a plaintext that goes in or comes out, by its size and its mark."""
        self.size, self.mark = len(plaintext), marked(plaintext)

    def arn(self, kind: str, name: str) -> str:
        """Spell the ARN a bare key id or alias name has for this caller."""
        return f"arn:{_partition(self.caller.region)}:kms:{self.caller.region}:{self.account}:{kind}/{name}"

    def may(self, action: str, key: Key | None = None, context: Mapping[str, str] | None = None) -> None:
        """Ask for permission, on a key or on none; raises AccessDeniedException."""
        resource = NO_KEY if key is None else key.arn
        facts = partial(self._facts, action, key)
        self.authorize(Access(self.principal, action, resource, context or {}, facts, key))

    def _facts(self, action: str, key: Key | None) -> Facts:
        asked = {
            name: (_text(self.parameters[member]),)
            for member, name in _BY_PARAMETER.items()
            if member in self.parameters
        }
        if action in _ABOUT_GRANTS:  # who calls here is no service of AWS
            asked["kms:GrantIsForAWSResource"] = ("false",)
            asked["kms:GrantOperations"] = tuple(self.parameters.get("Operations", ()))
            asked["kms:GrantConstraintType"] = tuple(self.parameters.get("Constraints", ()))
        return asked if key is None else {**asked, **self._facts_of(key, action)}

    def _facts_of(self, key: Key, action: str) -> Facts:
        aliases = (alias for alias, target in self.vault.aliases.items() if target == key.arn)
        named = self.parameters.get(_NAMED_BY.get(action, "KeyId"), "")
        return {
            "kms:KeyOrigin": (key.origin,),
            "kms:KeySpec": (key.spec,),
            "kms:KeyUsage": (key.usage,),
            "kms:MultiRegion": (_text(key.is_multi_region),),
            "kms:RequestAlias": tuple(_ALIAS.findall(named)),
            "kms:ResourceAliases": tuple(name for alias in aliases for name in _ALIAS.findall(alias)),
            **{f"aws:ResourceTag/{name}": (value,) for name, value in key.tags},
        }

    def pairs(self, parameter: str = "EncryptionContext") -> Mapping[str, str]:
        """The encryption context as given; the journal keeps its digest."""
        context: Mapping[str, str] = self.parameters.get(parameter) or {}
        if context and self.context is None:
            self.context = digest(context)
        return context

    def end_dry_run(self) -> None:
        """Stop a call that was only asked whether it would succeed."""
        if self.parameters.get("DryRun"):
            raise dry_run()


Answer = Mapping[str, Any]
Handler = Callable[[Call], Answer]


def _text(value: object) -> str:
    """A parameter as policies spell it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
