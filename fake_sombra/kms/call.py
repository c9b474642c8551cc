"""One call on its way through the rules: who asks for what, what it may touch, what the journal will say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fake_sombra.kms.context import digest
from fake_sombra.kms.errors import dry_run
from fake_sombra.kms.parameters import Parameters
from fake_sombra.kms.vault import Vault

Facts = Mapping[str, tuple[str, ...]]

_NAMED_BY = {
    "kms:CreateAlias": "TargetKeyId",
    "kms:ReEncryptFrom": "SourceKeyId",
    "kms:ReEncryptTo": "DestinationKeyId",
    "kms:UpdateAlias": "TargetKeyId",
}
_ALIAS = re.compile(r"(?:\A|:)(alias/.+)")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed the request, by its credential scope."""

    region: str
    access_key_id: str


@dataclass(frozen=True, slots=True)
class Access:
    """One question to whoever authorizes: may `principal` do `action` to `resource` in this context.

    `action` is spelled as IAM does (`kms:Decrypt`); `resource` is a key ARN, or `*` where no key is touched.
    `facts` gives the condition keys that only the key and the request show, without value if absent; few ask for it.
    """

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]
    facts: Callable[[], Facts] = field(default=dict, repr=False, compare=False)


Before = Callable[[Access], None]
"""Who is asked for every access to a key, and refuses by raising `KmsError`."""


@dataclass(slots=True)
class Call:
    """A call whose parameters have their right types; `key`, `size` and `context` are for the journal."""

    operation: str
    caller: Caller
    account: str
    principal: str
    vault: Vault
    authorize: Callable[[Access], None]
    now: float
    new_id: Callable[[], str]
    parameters: Parameters = field(default_factory=dict, repr=False)
    key: str | None = None
    size: int | None = None
    context: str | None = None

    def arn(self, kind: str, name: str) -> str:
        """Spell the ARN a bare key id or alias name has for this caller."""
        return f"arn:{_partition(self.caller.region)}:kms:{self.caller.region}:{self.account}:{kind}/{name}"

    def may(self, action: str, resource: str, context: Mapping[str, str] | None = None) -> None:
        """Ask for permission; raises AccessDeniedException."""
        facts = partial(self._facts, action, resource)
        self.authorize(Access(self.principal, action, resource, context or {}, facts))

    def _facts(self, action: str, resource: str) -> Facts:
        key = self.vault.keys.get(resource)
        if key is None:
            return {}
        aliases = (alias for alias, target in self.vault.aliases.items() if target == key.arn)
        named = self.parameters.get(_NAMED_BY.get(action, "KeyId"), "")
        return {
            "kms:KeySpec": (key.spec,),
            "kms:KeyUsage": (key.usage,),
            "kms:MultiRegion": ("true" if key.is_multi_region else "false",),
            "kms:RequestAlias": tuple(_ALIAS.findall(named)),
            "kms:ResourceAliases": tuple(name for alias in aliases for name in _ALIAS.findall(alias)),
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


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
