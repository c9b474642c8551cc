"""Whom a key policy means: a caller by name, or an account whose own policies then decide."""

from __future__ import annotations

from enum import Enum

from fake_sombra.kms.policy.document import Element
from fake_sombra.kms.policy.request import Principal
from fake_sombra.kms.policy.truth import Doubt, Truth


class Reach(Enum):
    """How a statement names a caller: not at all, by its account alone, or itself."""

    NONE = 0
    ACCOUNT = 1
    DIRECT = 2


def reach(element: Element, principal: Principal) -> Reach:
    """How the names of a `Principal` element reach a caller; a session is reached through its role."""
    if any(name in {"*", principal.arn} or _is_role_of(name, principal) for name in element.patterns):
        return Reach.DIRECT
    if any(_is_account_of(name, principal) for name in element.patterns):
        return Reach.DIRECT if principal.kind == "root" else Reach.ACCOUNT
    return Reach.NONE


def is_denied(element: Element, principal: Principal) -> Truth:
    """Whether a Deny with these principals, or with all but these, means the caller."""
    if not element.is_negated:
        return reach(element, principal) is not Reach.NONE
    names = element.patterns
    if "*" in names:
        return False
    account_named = any(_is_account_of(name, principal) for name in names)
    is_named = principal.arn in names or (principal.kind == "root" and account_named)
    role_named = any(_is_role_of(name, principal) for name in names)
    if is_named and account_named and (role_named or principal.role is None):
        return False
    if is_named or role_named:
        return Doubt((f"NotPrincipal does not name all of {principal.arn}: itself, its role and its account",))
    return True


def _is_account_of(name: str, principal: Principal) -> bool:
    return name == principal.account or (name.startswith("arn:") and name.endswith(f":iam::{principal.account}:root"))


def _is_role_of(name: str, principal: Principal) -> bool:
    """The names of roles are unique in an account, whatever their paths, which a session does not show."""
    if principal.role is None or f":iam::{principal.account}:role/" not in name:
        return False
    return name.rpartition("/")[2] == principal.role
