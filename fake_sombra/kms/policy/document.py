"""What a policy says once it has been read: statements, each with its place in the document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """On which side a policy stands, in the words of AWS' refusals; a key policy is resource-based."""

    IDENTITY = "identity-based"
    KEY = "resource-based"


class Effect(StrEnum):
    """What a statement does when it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Element:
    """The patterns of `Action` or `Resource`, or of its `Not…` form."""

    patterns: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key; any of the values will do."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """`path` is the JSON pointer to it; `principal` holds the AWS principals of a key policy's statement."""

    path: str
    effect: Effect
    action: Element
    resource: Element
    principal: Element | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A well-formed policy; before version 2012-10-17, `${…}` is plain text."""

    name: str
    kind: Kind
    statements: tuple[Statement, ...]
    has_variables: bool = True
