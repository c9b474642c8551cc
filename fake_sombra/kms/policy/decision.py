"""May this caller do this: how AWS puts identity policies, a key policy and grants together.

Permissions boundaries, session policies and policies of the organisation are not weighed: they only take away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fake_sombra.kms.policy import votes
from fake_sombra.kms.policy.document import Effect, Kind, Policy
from fake_sombra.kms.policy.grants import Grant
from fake_sombra.kms.policy.request import Request
from fake_sombra.kms.policy.truth import Doubt, Truth, every, opposite, some
from fake_sombra.kms.policy.votes import Ground, Vote


class Verdict(StrEnum):
    """`UNDECIDABLE` is neither of the others, and must be treated as neither."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True, slots=True)
class Permissions:
    """The policies of one caller and one key; None for what is not at hand, which is not the same as none."""

    identity: Sequence[Policy] | None = ()
    key: Policy | None = None
    grants: Sequence[Grant] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` ends AWS' refusal; `grounds` are the statements that decided, or that leave it in doubt."""

    verdict: Verdict
    reason: str = ""
    grounds: tuple[Ground, ...] = ()
    doubts: tuple[str, ...] = ()


def decide(request: Request, permissions: Permissions) -> Decision:
    """Decide one access: an explicit deny wins, then whatever allows, else it is denied."""
    cast = _cast(request, permissions)
    for vote in cast:
        if vote.effect is Effect.DENY and vote.truth is True:
            article = "an" if vote.ground.kind is Kind.IDENTITY else "a"
            reason = f"with an explicit deny in {article} {vote.ground.kind} policy"
            return Decision(Verdict.DENIED, reason, (vote.ground,))
    return _weighed(request, _Sides.of(cast), [vote for vote in cast if vote.effect is Effect.DENY])


def _cast(request: Request, permissions: Permissions) -> list[Vote]:
    cast: list[Vote] = []
    if permissions.identity is None:
        cast += votes.of_unknown(Kind.IDENTITY)
    else:
        cast += (vote for policy in permissions.identity for vote in votes.of_policy(policy, request))
    if request.key_account is None:
        return cast
    if permissions.key is None:
        cast += votes.of_unknown(Kind.KEY)
    else:
        cast += votes.of_policy(permissions.key, request)
    return [*cast, *(votes.of_grant(grant, request) for grant in permissions.grants)]


@dataclass(frozen=True, slots=True)
class _Sides:
    """Votes that allow: by the caller's own policies, by the key's policy or a grant, by delegation to an account."""

    identity: Sequence[Vote]
    key: Sequence[Vote]
    delegation: Sequence[Vote]

    @classmethod
    def of(cls, cast: Iterable[Vote]) -> _Sides:
        """Sort the votes that allow."""
        allows = [vote for vote in cast if vote.effect is Effect.ALLOW]
        return cls(
            [vote for vote in allows if vote.ground.kind is Kind.IDENTITY],
            [vote for vote in allows if vote.ground.kind is not Kind.IDENTITY and not vote.is_delegation],
            [vote for vote in allows if vote.is_delegation],
        )


def _weighed(request: Request, sides: _Sides, denies: Sequence[Vote]) -> Decision:
    roads = _roads(request, sides)
    allowed = some(every(_any(step) for step in road) for road in roads)
    if allowed is False:
        return Decision(
            Verdict.DENIED, f"because no {_lacking(request, sides)} policy allows the {request.action} action"
        )
    settled = every((allowed, *(opposite(vote.truth) for vote in denies)))
    if isinstance(settled, Doubt):
        asked = [*sides.identity, *sides.key, *sides.delegation, *denies]
        return Decision(Verdict.UNDECIDABLE, "", _in_doubt(asked, settled), settled.reasons)
    road = next(road for road in roads if every(_any(step) for step in road) is True)
    grounds = tuple(next(vote.ground for vote in step if vote.truth is True) for step in road)
    return Decision(Verdict.ALLOWED, "", grounds)


def _roads(request: Request, sides: _Sides) -> list[list[Sequence[Vote]]]:
    """The ways in which a request can be allowed; on each, every step must be."""
    if request.key_account is None:
        return [[sides.identity]]
    if request.key_account != request.principal.account:
        return [[[*sides.key, *sides.delegation], sides.identity]]
    return [[sides.key], [sides.delegation, sides.identity]]


def _lacking(request: Request, sides: _Sides) -> Kind:
    """Which side AWS names when nothing allows: the key's when it is shut, whatever the caller's says."""
    is_shut = _any([*sides.key, *sides.delegation]) is False
    return Kind.KEY if request.key_account is not None and is_shut else Kind.IDENTITY


def _any(cast: Iterable[Vote]) -> Truth:
    return some(vote.truth for vote in cast)


def _in_doubt(cast: Iterable[Vote], settled: Doubt) -> tuple[Ground, ...]:
    open_reasons = set(settled.reasons)
    found = (vote for vote in cast if isinstance(vote.truth, Doubt) and open_reasons & set(vote.truth.reasons))
    return tuple(dict.fromkeys(vote.ground for vote in found))
