"""How the parts of a statement are written: names, principals, conditions; and what AWS refuses in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from fake_sombra.kms.policy.document import Condition, Element
from fake_sombra.kms.policy.problems import Problems, below

_ACTION = re.compile(r"\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+")
_PRINCIPAL = re.compile(
    r"\*|[0-9]{12}|A[A-Z]{2}A[A-Z0-9]{12,}"
    r"|arn:aws[a-z-]*:(iam::[0-9]{12}:(root|(user|role)/[^*?]+)|sts::[0-9]{12}:(assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?/]+))"
)
_OTHER_KINDS: Final = ("Service", "Federated", "CanonicalUser")
_RESOURCE_STARTS: Final = ("arn:", "*", "?", "${")

Fault = Callable[[str], tuple[str, str] | None]


def action(value: Any, path: str, problems: Problems, *, is_negated: bool) -> Element:
    """`Action` or `NotAction`."""
    return Element(_texts(value, path, problems, _wrong_action), is_negated)


def resource(value: Any, path: str, problems: Problems, *, is_negated: bool) -> Element:
    """`Resource` or `NotResource`."""
    return Element(_texts(value, path, problems, _wrong_resource), is_negated)


def principal(value: Any, path: str, problems: Problems, *, is_negated: bool) -> Element:
    """`Principal` or `NotPrincipal`; only the AWS ones are kept, because no other calls a KMS by itself."""
    if value == "*":
        return Element(("*",), is_negated)
    if not isinstance(value, Mapping) or not value:
        problems.add(path, "is neither * nor an object", 'write {"AWS": "<ARN of the role>"}')
        return Element((), is_negated)
    for kind in value:
        if kind not in {"AWS", *_OTHER_KINDS}:
            problems.add(below(path, kind), "is no kind of principal", f"write AWS, or {', '.join(_OTHER_KINDS)}")
    for kind in _OTHER_KINDS:
        if kind in value:
            _texts(value[kind], below(path, kind), problems, _nothing_wrong)
    named = _texts(value["AWS"], below(path, "AWS"), problems, _wrong_principal) if "AWS" in value else ()
    return Element(named, is_negated)


def conditions(value: Any, path: str, problems: Problems) -> tuple[Condition, ...]:
    """Every key under every operator; which operators can be evaluated is not asked here."""
    if not isinstance(value, Mapping):
        problems.add(path, "is not an object", 'write {"StringEquals": {"<key>": "<value>"}}')
        return ()
    found: list[Condition] = []
    for operator, keys in value.items():
        at = below(path, operator)
        if not isinstance(keys, Mapping) or not keys:
            problems.add(at, "is not an object of keys and values", f'write {{"{operator}": {{"<key>": "<value>"}}}}')
            continue
        for key, values in keys.items():
            found.append(Condition(str(operator), str(key), _values(values, below(at, key), problems)))
    return tuple(found)


def _values(value: Any, path: str, problems: Problems) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        problems.add(path, "is an empty list", "name at least one value")
    texts = []
    for number, each in enumerate(listed):
        if isinstance(each, bool):
            texts.append(str(each).lower())
        elif isinstance(each, (str, int, float)):
            texts.append(str(each))
        else:
            at = below(path, number) if isinstance(value, list) else path
            problems.add(at, "is neither text, number nor boolean", "write the value as text")
    return tuple(texts)


def _texts(value: Any, path: str, problems: Problems, wrong: Fault) -> tuple[str, ...]:
    """One text or several, each without fault."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        problems.add(path, "is an empty list", "name at least one, or take the statement out")
    texts = []
    for number, each in enumerate(listed):
        at = below(path, number) if isinstance(value, list) else path
        fault = wrong(each) if isinstance(each, str) else ("is not text", "write it as text")
        if fault is None:
            texts.append(each)
        else:
            problems.add(at, *fault)
    return tuple(texts)


def _nothing_wrong(value: str) -> tuple[str, str] | None:
    return None


def _wrong_action(value: str) -> tuple[str, str] | None:
    if _ACTION.fullmatch(value):
        return None
    return f"{value!r} is no action", "write <service>:<action>, such as kms:Decrypt, or *"


def _wrong_resource(value: str) -> tuple[str, str] | None:
    if value.startswith(_RESOURCE_STARTS):
        return None
    return f"{value!r} is no ARN", "write arn:aws:kms:<region>:<account>:key/<id>, or *"


def _wrong_principal(value: str) -> tuple[str, str] | None:
    if _PRINCIPAL.fullmatch(value):
        return None
    if "*" in value or "?" in value:
        return (
            f"{value!r} has a wildcard",
            "AWS takes none within a principal: name it in full, or use aws:PrincipalArn",
        )
    return f"{value!r} is no principal", "write arn:aws:iam::<account>:role/<name>, or the account's number"
