"""Policies and grants in force at the front: the one place where the evaluator's word becomes AWS' refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from fake_sombra.kms import errors
from fake_sombra.kms.call import Access
from fake_sombra.kms.keys import Key
from fake_sombra.kms.policy import (
    Decision,
    Grant,
    Kind,
    Permissions,
    Policy,
    Principal,
    Request,
    Verdict,
    decide,
    default_key_policy,
    parse_policy,
    read_policy,
)

_ANYTHING: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_ADMINISTRATOR: Final = (read_policy(_ANYTHING, name="administrator", kind=Kind.IDENTITY),)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may do what: identity policies by principal ARN, and beside them what the keys themselves say.

    Without `identity` every caller is an administrator of its own account; with it, whoever is not named has no
    policy at all. `keys` and `grants` stand before and beside those that calls have made. What cannot be told is
    refused under a code of its own.
    """

    identity: Mapping[str, Sequence[Policy]] | None = None
    keys: Mapping[str, Policy] = field(default_factory=dict)
    grants: Sequence[Grant] = ()

    def __call__(self, access: Access) -> None:
        """Return for an access that is allowed; raises AccessDeniedException or PolicyUndecidableException."""
        if self.identity is None and _is_plain(access) and access.resource not in self.keys:
            return
        decision = self._decided(access, self._policy_of(access.key))
        if decision.verdict is Verdict.UNDECIDABLE:
            raise errors.undecidable(access.action, access.resource, "; ".join(decision.doubts))
        if decision.verdict is Verdict.ALLOWED:
            return
        if access.key is not None and Principal.parse(access.principal).account != access.key.account:
            raise errors.denied_abroad(access.principal, access.action)
        raise errors.denied_because(access.principal, access.action, access.resource, decision.reason)

    def would_allow(self, access: Access, policy: Policy) -> bool:
        """Whether a key that had this policy would let the access through."""
        return self._decided(access, policy).verdict is Verdict.ALLOWED

    def _decided(self, access: Access, policy: Policy | None) -> Decision:
        mine = _ADMINISTRATOR if self.identity is None else self.identity.get(access.principal, ())
        request = Request(
            Principal.parse(access.principal), access.action, access.resource, access.context, facts=access.facts()
        )
        return decide(request, Permissions(mine, policy, (*self.grants, *_grants_of(access.key))))

    def _policy_of(self, key: Key | None) -> Policy | None:
        if key is None:
            return None
        return self.keys.get(key.arn) or key_policy(key)


def key_policy(key: Key) -> Policy:
    """The policy in force on a key: its own, or AWS' default one."""
    if key.policy is not None:
        return read_key_policy(key.policy)
    _, partition, _, _, account, _ = key.arn.split(":", 5)
    return default_key_policy(account, partition)


@lru_cache(maxsize=256)
def read_key_policy(text: str) -> Policy:
    """Read a key policy; raises MalformedPolicy."""
    return parse_policy(text, name="the key policy", kind=Kind.KEY)


def _is_plain(access: Access) -> bool:
    """The default policy delegates to the caller's own account, so an administrator may."""
    key = access.key
    return key is None or (key.policy is None and f"::{key.account}:" in access.principal)


def _grants_of(key: Key | None) -> tuple[Grant, ...]:
    return () if key is None else tuple(each.on(key.arn) for each in key.grants)
