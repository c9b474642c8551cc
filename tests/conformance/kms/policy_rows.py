"""Rows about policies in force: what AWS refuses to a caller who has some permissions, but not these (kms.md, 3).

Every row has a caller who may do everything, but for what the row is about; so its words tell which policy refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fake_sombra.kms import Kms
from fake_sombra.kms.enforcement import Authority
from fake_sombra.kms.policy import Grant, Kind, Policy, default_key_policy, read_grant, read_policy
from tests.conformance.kms.row import Row
from tests.unit.fake_sombra.kms.bench import ACCOUNT, ALIAS, ARN, OTHER, PRINCIPAL, REGION, STRANGER

Statement = Mapping[str, Any]

_ROOT: Final = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
_ALL: Final = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
_THEIRS: Final = f"arn:aws:kms:{REGION}:{STRANGER}:key/99999999-2222-3333-4444-555555555555"
_CEK: Final = {"EncryptionContext": {"purpose": "cek", "tenant": "one"}}
_OTHERS: Final = {"EncryptionContext": {"purpose": "other", "tenant": "one"}}
_DENIED: Final = "AccessDeniedException"


def _policy(*statements: Statement, kind: Kind = Kind.IDENTITY) -> Policy:
    return read_policy({"Version": "2012-10-17", "Statement": list(statements)}, name="row", kind=kind)


def _key(*statements: Statement) -> Policy:
    return _policy(*statements, kind=Kind.KEY)


def _under(
    *mine: Statement, keys: Mapping[str, Policy] | None = None, grants: Sequence[Grant] = ()
) -> Callable[[Kms], None]:
    """Put policies in force; without statements the caller has no identity policy."""
    policies = [_policy(*mine)] if mine else []

    def arrange(kms: Kms) -> None:
        if _THEIRS in (keys or {}):
            kms.add_key(_THEIRS)
        kms.authority = Authority({PRINCIPAL: policies}, keys or {}, grants)

    return arrange


def _lacks(action: str, resource: str = ARN, *, policy: str = "identity-based") -> str:
    refused = f"User: {PRINCIPAL} is not authorized to perform: {action} on resource: {resource}"
    return f"{refused} because no {policy} policy allows the {action} action"


def _explicit(action: str, policy: str) -> str:
    return (
        f"User: {PRINCIPAL} is not authorized to perform: {action} on resource: {ARN} with an explicit deny in {policy}"
    )


def _grant(*operations: str, constraints: Mapping[str, Any] | None = None) -> Grant:
    document = {"GranteePrincipal": PRINCIPAL, "Operations": list(operations), "Constraints": constraints}
    return read_grant(document, key=ARN, name="grant")


def _allow(action: str, resource: str = "*", condition: Mapping[str, Any] | None = None) -> Statement:
    return {**_ALL, "Action": action, "Resource": resource, "Condition": condition or {}}


_BY_ALIAS: Final = ALIAS.replace("gateway", "*")
_SHUT: Final = _key({**_ALL, "Action": "kms:PutKeyPolicy", "Principal": _ROOT})
_TO_ANOTHER: Final = _key({**_ALL, "Principal": {"AWS": STRANGER}})
_NO_DECRYPT: Final = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}

_EXPLICIT = [
    Row(
        "an explicit deny of one's own",
        "Decrypt",
        _DENIED,
        _explicit("kms:Decrypt", "an identity-based policy"),
        "I",
        arrange=_under(_ALL, _NO_DECRYPT),
    ),
    Row(
        "an explicit deny by the key",
        "Decrypt",
        _DENIED,
        _explicit("kms:Decrypt", "a resource-based policy"),
        "I",
        arrange=_under(
            _ALL, keys={ARN: _key({**_ALL, "Principal": _ROOT}, {**_NO_DECRYPT, "Principal": {"AWS": "*"}})}
        ),
    ),
    Row(
        "an explicit deny in spite of a grant",
        "Decrypt",
        _DENIED,
        _explicit("kms:Decrypt", "an identity-based policy"),
        "D",
        arrange=_under(_NO_DECRYPT, grants=[_grant("Decrypt")]),
    ),
]
_SIDES = [
    Row("no policy at all", "Encrypt", _DENIED, _lacks("kms:Encrypt"), "I", arrange=_under()),
    Row(
        "a key without delegation",
        "Encrypt",
        _DENIED,
        _lacks("kms:Encrypt", policy="resource-based"),
        "D",
        arrange=_under(_ALL, keys={ARN: _SHUT}),
    ),
    Row(
        "a key that delegates to another account",
        "Encrypt",
        _DENIED,
        _lacks("kms:Encrypt", policy="resource-based"),
        "D",
        arrange=_under(_ALL, keys={ARN: _TO_ANOTHER}),
    ),
    Row(
        "a key of another account that does not name the caller",
        "Encrypt",
        _DENIED,
        f"User: {PRINCIPAL} is not authorized to perform: kms:Encrypt on this resource because the resource does not "
        "exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies "
        "access",
        "D",
        change={"KeyId": _THEIRS},
        arrange=_under(_ALL, keys={_THEIRS: default_key_policy(STRANGER)}),
    ),
]
_WITH_ALIAS: Final = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/gateway"}}
_BY_ITS_ALIAS: Final = {"StringEquals": {"kms:RequestAlias": "alias/gateway"}}
_RESOURCES = [
    Row(
        "a policy on an alias",
        "Encrypt",
        _DENIED,
        _lacks("kms:Encrypt"),
        "D",
        change={"KeyId": ALIAS},
        arrange=_under(_allow("kms:*", _BY_ALIAS)),
    ),
    Row(
        "a policy on an alias of another key",
        "Encrypt",
        _DENIED,
        _lacks("kms:Encrypt", OTHER),
        "D",
        change={"KeyId": OTHER},
        arrange=_under(_allow("kms:Encrypt", condition=_WITH_ALIAS)),
    ),
    Row(
        "a policy that asks for the alias to be named",
        "Encrypt",
        _DENIED,
        _lacks("kms:Encrypt"),
        "D",
        arrange=_under(_allow("kms:Encrypt", condition=_BY_ITS_ALIAS)),
    ),
    Row(
        "a policy on another key, no key named",
        "Decrypt",
        _DENIED,
        _lacks("kms:Decrypt"),
        "D",
        change={"KeyId": None},
        arrange=_under(_allow("kms:Decrypt", OTHER)),
    ),
    Row(
        "a policy on the source alone",
        "ReEncrypt",
        _DENIED,
        _lacks("kms:ReEncryptTo", OTHER),
        "D",
        arrange=_under(_allow("kms:ReEncrypt*", ARN)),
    ),
    Row(
        "a policy on the key, where none is touched",
        "GenerateRandom",
        _DENIED,
        _lacks("kms:GenerateRandom", "*"),
        "D",
        arrange=_under(_allow("kms:*", ARN)),
    ),
]

_FOR_CEK: Final = {"StringEquals": {"kms:EncryptionContext:purpose": "cek"}}
_FOR_TENANT: Final = {"Null": {"kms:EncryptionContext:tenant": "false"}}
_NO_OTHERS: Final = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["purpose"]}}
_SERVICE: Final = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
_TO_SIGN: Final = {"StringEquals": {"kms:KeyUsage": "SIGN_VERIFY"}}
_CONDITIONS = [
    Row(name, "GenerateDataKey", _DENIED, _lacks("kms:GenerateDataKey"), "D", change=change, arrange=arrange)
    for name, change, arrange in [
        ("a condition on a pair, another value", _OTHERS, _under(_allow("kms:*", condition=_FOR_CEK))),
        ("a condition on a pair, no context", {}, _under(_allow("kms:*", condition=_FOR_CEK))),
        ("a pair that must not be absent is", {}, _under(_allow("kms:*", condition=_FOR_TENANT))),
        ("a name that the policy does not list", _CEK, _under(_allow("kms:*", condition=_NO_OTHERS))),
        ("a policy for a service, called directly", _CEK, _under(_allow("kms:*", condition=_SERVICE))),
        (
            "a policy for signing keys",
            {},
            _under(_allow("kms:*", condition=_TO_SIGN)),
        ),
        (
            "a grant for another operation",
            {},
            _under(grants=[_grant("Encrypt")]),
        ),
        (
            "a grant for another context",
            _OTHERS,
            _under(grants=[_grant("GenerateDataKey", constraints={"EncryptionContextSubset": {"purpose": "cek"}})]),
        ),
        (
            "a grant for exactly one pair, given two",
            _CEK,
            _under(grants=[_grant("GenerateDataKey", constraints={"EncryptionContextEquals": {"purpose": "cek"}})]),
        ),
    ]
]

Allowed = tuple[str, str, Mapping[str, Any], Callable[[Kms], None]]

ALLOWED: Final[tuple[Allowed, ...]] = (
    ("one policy for everything", "Decrypt", {}, _under(_ALL)),
    ("a deny of something else", "Encrypt", {}, _under(_ALL, _NO_DECRYPT)),
    ("the key alone", "Encrypt", {}, _under(keys={ARN: _key({**_ALL, "Principal": {"AWS": PRINCIPAL}})})),
    ("an alias of the key, by its ARN", "Encrypt", {}, _under(_allow("kms:Encrypt", condition=_WITH_ALIAS))),
    ("the alias named", "Encrypt", {"KeyId": ALIAS}, _under(_allow("kms:Encrypt", condition=_BY_ITS_ALIAS))),
    ("the key of the blob, no key named", "Decrypt", {"KeyId": None}, _under(_allow("kms:Decrypt", ARN))),
    ("source and target", "ReEncrypt", {}, _under(_allow("kms:ReEncryptFrom", ARN), _allow("kms:ReEncryptTo", OTHER))),
    ("no key is touched", "GenerateRandom", {}, _under(_allow("kms:GenerateRandom"))),
    ("the pair", "GenerateDataKey", _CEK, _under(_allow("kms:*", condition=_FOR_CEK))),
    ("a pair that must be there is", "GenerateDataKey", _CEK, _under(_allow("kms:*", condition=_FOR_TENANT))),
    ("no name that is not listed", "GenerateDataKey", {}, _under(_allow("kms:*", condition=_NO_OTHERS))),
    ("a grant", "GenerateDataKey", {}, _under(grants=[_grant("GenerateDataKey")])),
    (
        "a grant for some pairs, given more",
        "GenerateDataKey",
        _CEK,
        _under(grants=[_grant("GenerateDataKey", constraints={"EncryptionContextSubset": {"PURPOSE": "cek"}})]),
    ),
)
"""What the policies of the rows are there to let through: name, operation, change, policies."""

ROWS: Final = (*_EXPLICIT, *_SIDES, *_RESOURCES, *_CONDITIONS)
