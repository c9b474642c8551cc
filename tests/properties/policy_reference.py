"""What AWS decides, the slow and obvious way: raw JSON, no doubts, every statement looked at, wildcards by recursion.

It shares nothing with the evaluator. Every condition key must be in `known`; an absent one has no values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """`known` has every condition key in lower case; `also` are the ARNs that stand for the caller besides its own."""

    arn: str
    also: tuple[str, ...]
    account: str
    action: str
    resource: str
    owner: str
    known: Mapping[str, Sequence[str]]
    context: Mapping[str, str]


def outcome(ask: Question, identity: Sequence[Json], key: Json, grants: Sequence[Json]) -> str:
    """`allowed`, or the end of the refusal."""
    own = [statement for policy in identity for statement in _listed(policy["Statement"]) if _is_about(statement, ask)]
    keys = [statement for statement in _listed(key["Statement"]) if _is_about(statement, ask)]
    if any(statement["Effect"] == "Deny" for statement in own):
        return "with an explicit deny in an identity-based policy"
    if any(statement["Effect"] == "Deny" and _denies(statement, ask) for statement in keys):
        return "with an explicit deny in a resource-based policy"
    caller = any(statement["Effect"] == "Allow" for statement in own)
    allows = [statement for statement in keys if statement["Effect"] == "Allow"]
    by_name = any(_names_caller(statement["Principal"], ask) for statement in allows)
    by_name = by_name or any(_grants(grant, ask) for grant in grants)
    by_account = any(_names_account(statement["Principal"], ask) for statement in allows)
    is_foreign = ask.account != ask.owner
    if ask.resource == "*":
        by_name, by_account, is_foreign = False, True, False
    if (by_name and (caller or not is_foreign)) or (by_account and caller):
        return "allowed"
    lacking = "identity-based" if by_name or by_account else "resource-based"
    return f"because no {lacking} policy allows the {ask.action} action"


def glob(pattern: str, text: str) -> bool:
    """`*` and `?` over any text."""
    if pattern == "":
        return text == ""
    if pattern[0] == "*":
        return glob(pattern[1:], text) or (text != "" and glob(pattern, text[1:]))
    return text != "" and pattern[0] in {"?", text[0]} and glob(pattern[1:], text[1:])


def arn_glob(pattern: str, text: str) -> bool:
    """The same, but a wildcard crosses a colon only as the last letter of its part."""
    if pattern == "":
        return text == ""
    if pattern[0] == "*":
        ends_part = pattern[1:2] in {"", ":"}
        may_take = text != "" and (ends_part or text[0] != ":")
        return arn_glob(pattern[1:], text) or (may_take and arn_glob(pattern, text[1:]))
    if text == "" or (pattern[0] == "?" and text[0] == ":") or pattern[0] not in {"?", text[0]}:
        return False
    return arn_glob(pattern[1:], text[1:])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_about(statement: Json, ask: Question) -> bool:
    action = any(
        glob(each.lower(), ask.action.lower()) for each in _listed(statement.get("Action", statement.get("NotAction")))
    )
    resource = any(
        arn_glob(each, ask.resource) for each in _listed(statement.get("Resource", statement.get("NotResource")))
    )
    if action != ("Action" in statement) or resource != ("Resource" in statement):
        return False
    return all(
        _holds(operator, values if isinstance(values, list) else [values], ask.known[key.lower()])
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _denies(statement: Json, ask: Question) -> bool:
    if "Principal" in statement:
        return _names_caller(statement["Principal"], ask) or _names_account(statement["Principal"], ask)
    return not _names_caller(statement["NotPrincipal"], ask)


def _aws(principal: Any) -> list[str]:
    return ["*"] if principal == "*" else _listed(principal.get("AWS", []))


def _names_caller(principal: Any, ask: Question) -> bool:
    return bool({"*", ask.arn, *ask.also} & set(_aws(principal)))


def _names_account(principal: Any, ask: Question) -> bool:
    return bool({ask.account, f"arn:aws:iam::{ask.account}:root"} & set(_aws(principal)))


def _holds(operator: str, wanted: Sequence[Any], actual: Sequence[str]) -> bool:
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in wanted]
    if operator == "Null":
        return ("true" if not actual else "false") in texts
    quantifier, _, name = operator.rpartition(":")
    lenient, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    if not actual:
        return lenient or quantifier == "ForAllValues" or (quantifier == "" and "Not" in name)
    results = [any(_same(name.replace("Not", ""), text, each) for text in texts) != ("Not" in name) for each in actual]
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _same(name: str, wanted: str, actual: str) -> bool:
    if name in {"ArnLike", "ArnEquals"}:
        return wanted.count(":") == actual.count(":") == 5 and all(
            glob(one, other) for one, other in zip(wanted.split(":"), actual.split(":"), strict=True)
        )
    return {
        "StringEquals": wanted == actual,
        "StringEqualsIgnoreCase": wanted.lower() == actual.lower(),
        "StringLike": glob(wanted, actual),
        "Bool": wanted == actual,
    }[name]


def _grants(grant: Json, ask: Question) -> bool:
    if ask.action.removeprefix("kms:") not in grant["Operations"] or grant["GranteePrincipal"] not in {
        ask.arn,
        *ask.also,
    }:
        return False
    if ask.action == "kms:DescribeKey":
        return True
    given = sorted((name.lower(), value) for name, value in ask.context.items())
    constraints = grant.get("Constraints", {})
    for kind, pairs in constraints.items():
        bound = sorted((name.lower(), value) for name, value in pairs.items())
        if kind == "EncryptionContextEquals" and bound != given:
            return False
        if kind == "EncryptionContextSubset" and any(pair not in given for pair in bound):
            return False
    return True
