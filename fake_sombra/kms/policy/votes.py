"""What each statement and each grant says to one request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from fake_sombra.kms.policy.conditions import holds
from fake_sombra.kms.policy.document import Effect, Element, Kind, Policy, Statement
from fake_sombra.kms.policy.grants import Grant
from fake_sombra.kms.policy.patterns import action_like, resource_like
from fake_sombra.kms.policy.principals import Reach, is_denied, reach
from fake_sombra.kms.policy.request import Request
from fake_sombra.kms.policy.truth import Doubt, Truth, every, opposite, some
from fake_sombra.kms.policy.variables import Compare, seen_by


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a decision comes from: a policy and the JSON pointer to its statement, or a grant (`kind` None)."""

    policy: str
    kind: Kind | None
    path: str = ""
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """`truth` says whether it applies; a delegation allows only what identity policies allow as well."""

    ground: Ground
    effect: Effect
    truth: Truth
    is_delegation: bool = False


def of_policy(policy: Policy, request: Request) -> Iterator[Vote]:
    """One vote a statement."""
    for statement in policy.statements:
        who, is_delegation = _who(statement, request)
        truth = every(chain((who,), _applies(statement, request, has_variables=policy.has_variables)))
        yield Vote(_ground(policy, statement), statement.effect, truth, is_delegation)


def of_unknown(kind: Kind) -> Iterator[Vote]:
    """A policy that is not at hand might say anything."""
    name = "the key policy" if kind is Kind.KEY else "the identity policies"
    for effect in Effect:
        yield Vote(Ground(name, kind), effect, Doubt((f"{name} cannot be seen",)))


def of_grant(grant: Grant, request: Request) -> Vote:
    """A grant allows and never denies."""
    return Vote(Ground(grant.name, None), Effect.ALLOW, grant.covers(request))


def _who(statement: Statement, request: Request) -> tuple[Truth, bool]:
    """Whether the statement is about the caller, and whether only as one of its account."""
    if statement.principal is None:
        return True, False
    if statement.effect is Effect.DENY:
        return is_denied(statement.principal, request.principal), False
    how = reach(statement.principal, request.principal)
    return how is not Reach.NONE, how is Reach.ACCOUNT


def _applies(statement: Statement, request: Request, *, has_variables: bool) -> Iterator[Truth]:
    """What must all be so; asked one after the other, until one is not."""
    resource: Compare = seen_by(resource_like) if has_variables else resource_like
    yield _matches(statement.action, action_like, request.action)
    yield _matches(statement.resource, resource, request.resource)
    for condition in statement.conditions:
        yield holds(condition, request, has_variables=has_variables)


def _matches(element: Element, like: Compare, text: str) -> Truth:
    truth = some(like(pattern, text) for pattern in element.patterns)
    return opposite(truth) if element.is_negated else truth


def _ground(policy: Policy, statement: Statement) -> Ground:
    return Ground(policy.name, policy.kind, statement.path, statement.sid)
