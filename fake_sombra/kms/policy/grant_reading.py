"""From the JSON of CreateGrant or ListGrants to a grant, or to the complete list of what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fake_sombra.kms.policy.grants import GRANTABLE, Grant
from fake_sombra.kms.policy.problems import Problems, below
from fake_sombra.kms.policy.request import Principal

_CONSTRAINTS: Final = ("EncryptionContextEquals", "EncryptionContextSubset")
Pairs = Mapping[str, str]


def read_grant(document: object, *, key: str, name: str) -> Grant:
    """Read a grant on a key, by its ARN; raises MalformedPolicy with every problem."""
    problems = Problems()
    if not isinstance(document, Mapping):
        problems.add("", "is not a JSON object", 'write {"GranteePrincipal": …, "Operations": […]}')
        document = {}
    grantee = _grantee(document.get("GranteePrincipal"), problems)
    operations = _operations(document.get("Operations"), problems)
    equals, subset = _constraints(document.get("Constraints"), problems)
    problems.raise_if_any(name)
    return Grant(name, key, grantee, operations, equals, subset)


def _grantee(value: Any, problems: Problems) -> str:
    try:
        return Principal.parse(value if isinstance(value, str) else "").arn
    except ValueError:
        problems.add("/GranteePrincipal", "is not the ARN of a principal", "write arn:aws:iam::<account>:role/<name>")
        return ""


def _operations(value: Any, problems: Problems) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        problems.add("/Operations", "is not a list of operations", 'write ["Encrypt", "Decrypt"]')
        return frozenset()
    for number, each in enumerate(value):
        if not _can_be_granted(each):
            problems.add(f"/Operations/{number}", "cannot be granted", f"choose from {', '.join(sorted(GRANTABLE))}")
    return frozenset(filter(_can_be_granted, value))


def _can_be_granted(value: Any) -> bool:
    return isinstance(value, str) and value in GRANTABLE


def _constraints(value: Any, problems: Problems) -> tuple[Pairs | None, Pairs | None]:
    if value is None:
        return None, None
    if not isinstance(value, Mapping) or len(value) > 1 or not set(value) <= set(_CONSTRAINTS):
        problems.add("/Constraints", "is not one of AWS' two constraints", f"write one of {', '.join(_CONSTRAINTS)}")
        return None, None
    for kind, pairs in value.items():
        if not (isinstance(pairs, Mapping) and all(isinstance(text, str) for pair in pairs.items() for text in pair)):
            problems.add(below("/Constraints", kind), "is not an object of texts", 'write {"<name>": "<value>"}')
    return value.get(_CONSTRAINTS[0]), value.get(_CONSTRAINTS[1])
