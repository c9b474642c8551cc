"""Policies and grants in force at the front: the one place where the evaluator's word becomes AWS' refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fake_sombra.kms import errors
from fake_sombra.kms.call import Access, Before
from fake_sombra.kms.keys import Arn
from fake_sombra.kms.policy import (
    Grant,
    Permissions,
    Policy,
    Principal,
    Request,
    Verdict,
    decide,
    default_key_policy,
)


def enforce(
    identity: Mapping[str, Sequence[Policy]],
    *,
    keys: Mapping[str, Policy] | None = None,
    grants: Sequence[Grant] = (),
) -> Before:
    """Make what `Kms(before=…)` asks: identity policies by principal ARN, key policies by key ARN.

    A key without a policy has AWS' default one. What cannot be told is refused under a code of its own.
    """
    policies = dict(keys or {})

    def before(access: Access) -> None:
        permissions = Permissions(identity.get(access.principal, ()), _policy_of(access.resource, policies), grants)
        decision = decide(_asked(access), permissions)
        if decision.verdict is Verdict.UNDECIDABLE:
            raise errors.undecidable(access.action, access.resource, "; ".join(decision.doubts))
        if decision.verdict is Verdict.DENIED:
            raise errors.denied_because(access.principal, access.action, access.resource, decision.reason)

    return before


def _asked(access: Access) -> Request:
    principal = Principal.parse(access.principal)
    return Request(principal, access.action, access.resource, access.context, facts=access.facts())


def _policy_of(resource: str, policies: dict[str, Policy]) -> Policy | None:
    arn = Arn.parse(resource)
    if arn is not None and resource not in policies:
        policies[resource] = default_key_policy(arn.account, arn.partition)
    return policies.get(resource)
