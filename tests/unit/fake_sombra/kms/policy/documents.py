"""Callers, a key, and the shortest way to write a policy about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fake_sombra.kms.policy import (
    Decision,
    Grant,
    Kind,
    Permissions,
    Policy,
    Principal,
    Request,
    decide,
    default_key_policy,
    read_grant,
    read_policy,
)

ACCOUNT: Final = "111122223333"
STRANGERS: Final = "444455556666"
KEY: Final = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER: Final = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/66666666-7777-8888-9999-000000000000"
ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/apps/sombra"
SESSION: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/sombra/pod-1"
USER: Final = f"arn:aws:iam::{ACCOUNT}:user/ann"
STRANGER: Final = f"arn:aws:iam::{STRANGERS}:role/backup"
STRANGERS_ROOT: Final = f"arn:aws:iam::{STRANGERS}:root"

Statement = dict[str, Any]


def allow(action: str | list[str] = "kms:Decrypt", resource: str | list[str] = "*", **more: Any) -> Statement:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str] = "kms:Decrypt", resource: str | list[str] = "*", **more: Any) -> Statement:
    """A statement that denies."""
    return {**allow(action, resource, **more), "Effect": "Deny"}


def to(*names: str) -> Mapping[str, Any]:
    """The AWS principals of a key policy's statement."""
    return {"AWS": list(names)}


def identity(*statements: Statement, name: str = "app", version: str = "2012-10-17") -> Policy:
    """An identity policy."""
    return read_policy({"Version": version, "Statement": list(statements)}, name=name, kind=Kind.IDENTITY)


def key_policy(*statements: Statement) -> Policy:
    """A key policy."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return read_policy(document, name="key policy", kind=Kind.KEY)


def grant(*operations: str, grantee: str = ROLE, **constraints: Mapping[str, str]) -> Grant:
    """A grant on the key."""
    document = {"GranteePrincipal": grantee, "Operations": list(operations)}
    return read_grant({**document, "Constraints": constraints or None}, key=KEY, name="grant-1")


DELEGATION: Final = default_key_policy(ACCOUNT)
SHUT: Final = key_policy(allow("kms:PutKeyPolicy", Principal=to(ROOT)))
"""A key policy that neither allows nor delegates any use of the key."""


def asked(
    caller: str = ROLE,
    action: str = "kms:Decrypt",
    resource: str = KEY,
    context: Mapping[str, str] | None = None,
    *,
    via_service: str | None = None,
    facts: Mapping[str, Sequence[str]] | None = None,
) -> Request:
    """A request."""
    return Request(Principal.parse(caller), action, resource, context or {}, via_service, facts or {})


def decided(
    request: Request,
    *policies: Policy,
    key: Policy | None = DELEGATION,
    grants: Sequence[Grant] = (),
) -> Decision:
    """Decide a request under these identity policies."""
    return decide(request, Permissions(policies, key, grants))


def under(condition: Mapping[Any, Any], request: Request) -> Decision:
    """Decide a request that one statement allows under a condition."""
    return decided(request, identity(allow(request.action, Condition=condition)))
