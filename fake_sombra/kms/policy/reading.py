"""From JSON to a policy, or to the complete list of what AWS would refuse about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from fake_sombra.kms.policy import elements
from fake_sombra.kms.policy.document import Condition, Effect, Element, Kind, Policy, Statement
from fake_sombra.kms.policy.problems import Problems, below

_VARIABLES_SINCE: Final = "2012-10-17"
_VERSIONS: Final = (_VARIABLES_SINCE, "2008-10-17")
_PLAIN_SID = re.compile(r"[A-Za-z0-9]*")
_POLICY_NAMES = frozenset({"Version", "Id", "Statement"})
_STATEMENT_NAMES = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_ALL_OF_THE_KEY = 'write "Resource": "*", which in a key policy means this key'
_NOTHING: Final = Element(())


def read_policy(document: object, *, name: str, kind: Kind) -> Policy:
    """Read a policy from parsed JSON; raises MalformedPolicy with every problem."""
    problems = Problems()
    body = _object(document, "", problems, known=_POLICY_NAMES)
    version = body.get("Version", _VERSIONS[-1])
    if version not in _VERSIONS:
        problems.add("/Version", "is not a version of the policy language", f'write "{_VARIABLES_SINCE}"')
    statements = _statements(body, kind, problems) if isinstance(document, Mapping) else ()
    problems.raise_if_any(name)
    return Policy(name, kind, statements, has_variables=version == _VARIABLES_SINCE)


def _object(value: object, path: str, problems: Problems, *, known: frozenset[str]) -> Mapping[str, Any]:
    """What should be an object, as one; names that nobody knows are problems."""
    if not isinstance(value, Mapping):
        problems.add(path, "is not a JSON object", 'write {"Version": …, "Statement": …}, or one statement, in braces')
        return {}
    for name in value:
        if name not in known:
            spelled = next((each for each in sorted(known) if each.lower() == str(name).lower()), None)
            after = f"write {spelled}" if spelled else f"take it out: only {', '.join(sorted(known))} belong here"
            problems.add(below(path, name), "is not an element", after)
    return value


def _statements(body: Mapping[str, Any], kind: Kind, problems: Problems) -> tuple[Statement, ...]:
    listed = body.get("Statement")
    if listed is None or listed == []:
        problems.add("/Statement", "is missing or empty", "a policy needs at least one statement")
        return ()
    if not isinstance(listed, list):
        return (_statement(listed, "/Statement", kind, problems),)
    found = tuple(_statement(each, f"/Statement/{number}", kind, problems) for number, each in enumerate(listed))
    seen: set[str] = set()
    for statement in found:
        if statement.sid and statement.sid in seen:
            problems.add(below(statement.path, "Sid"), "is used twice", "give each statement a Sid of its own")
        seen.add(statement.sid or "")
    return found


def _statement(value: object, path: str, kind: Kind, problems: Problems) -> Statement:
    body = _object(value, path, problems, known=_STATEMENT_NAMES)
    if not isinstance(value, Mapping):
        return Statement(path, Effect.DENY, _NOTHING, _NOTHING)
    effect = _effect(body, path, problems)
    return Statement(
        path,
        effect,
        _one_of(body, "Action", path, problems, elements.action),
        _one_of(body, "Resource", path, problems, elements.resource, _ALL_OF_THE_KEY if kind is Kind.KEY else None),
        _principal(body, path, kind, effect, problems),
        _conditions(body, path, problems),
        _sid(body, path, kind, problems),
    )


def _effect(body: Mapping[str, Any], path: str, problems: Problems) -> Effect:
    if body.get("Effect") in tuple(Effect):
        return Effect(body["Effect"])
    what = "is missing" if "Effect" not in body else "is neither Allow nor Deny"
    problems.add(below(path, "Effect"), what, "write Allow or Deny, spelled so")
    return Effect.DENY


def _one_of(
    body: Mapping[str, Any],
    name: str,
    path: str,
    problems: Problems,
    read: Callable[..., Element],
    after: str | None = None,
) -> Element:
    """An element that stands in exactly one of its two forms."""
    given = [each for each in (name, f"Not{name}") if each in body]
    if len(given) == 1:
        return read(body[given[0]], below(path, given[0]), problems, is_negated=given[0] != name)
    if given:
        problems.add(path, f"has both {name} and Not{name}", "keep one of them")
    else:
        problems.add(below(path, name), "is missing", after or f"name what the statement is about, or write Not{name}")
    return _NOTHING


def _principal(body: Mapping[str, Any], path: str, kind: Kind, effect: Effect, problems: Problems) -> Element | None:
    if kind is Kind.KEY:
        found = _one_of(body, "Principal", path, problems, elements.principal, 'write {"AWS": "<ARN of the role>"}')
        if found.is_negated and effect is Effect.ALLOW:
            problems.add(below(path, "NotPrincipal"), "stands in an Allow", "AWS takes it with Deny only")
        return found
    for name in ("Principal", "NotPrincipal"):
        if name in body:
            what = "stands in an identity policy, whose principal is its owner"
            problems.add(below(path, name), what, "take it out, or read this as a key policy")
    return None


def _conditions(body: Mapping[str, Any], path: str, problems: Problems) -> tuple[Condition, ...]:
    at = below(path, "Condition")
    return elements.conditions(body["Condition"], at, problems) if "Condition" in body else ()


def _sid(body: Mapping[str, Any], path: str, kind: Kind, problems: Problems) -> str | None:
    sid, at = body.get("Sid"), below(path, "Sid")
    if sid is None or isinstance(sid, str):
        if sid and kind is Kind.IDENTITY and not _PLAIN_SID.fullmatch(sid):
            problems.add(at, "has other characters than letters and digits", "IAM takes no others; rename it")
        return sid
    problems.add(at, "is not text", "write it as text")
    return None
