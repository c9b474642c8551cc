"""When a condition holds: operators, their sets, and what an absent key means to each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from fake_sombra.kms.policy.comparisons import COMPARISONS, boolean
from fake_sombra.kms.policy.document import Condition
from fake_sombra.kms.policy.facts import Found, look_up
from fake_sombra.kms.policy.request import Request
from fake_sombra.kms.policy.truth import Doubt, Truth, every, opposite, some
from fake_sombra.kms.policy.variables import seen_by

_OPERATOR: Final = re.compile(r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<name>[A-Za-z]+?)(?P<lenient>IfExists)?")

Fits = Callable[[str], Truth]


def holds(condition: Condition, request: Request, *, has_variables: bool) -> Truth:
    """Whether a condition is met; in doubt where its operator, key or variable cannot be evaluated."""
    parts = _OPERATOR.fullmatch(condition.operator)
    if condition.operator != "Null" and (parts is None or parts["name"] not in COMPARISONS):
        return Doubt((f"the condition operator {condition.operator} cannot be evaluated here",))
    found = look_up(condition.key, request)
    if isinstance(found, Doubt):
        return found
    if parts is None or condition.operator == "Null":
        return some(_is_null(value, found) for value in condition.values)
    quantifier = parts["set"]
    if not found.values:
        return parts["lenient"] is not None or _holds_without_value(quantifier, parts["name"])
    if quantifier is None and (found.is_multiple or len(found.values) > 1):
        return Doubt((f"{condition.key} may have several values; {condition.operator} needs a set operator for it",))
    fits = _fits(condition, parts["name"], has_variables=has_variables)
    return (some if quantifier == "ForAnyValue" else every)(map(fits, found.values))


def _holds_without_value(quantifier: str | None, name: str) -> bool:
    """`ForAllValues` holds for no value at all, and so does a plain negation: AWS' trap, kept."""
    return quantifier == "ForAllValues" or (quantifier is None and COMPARISONS[name].is_negated)


def _fits(condition: Condition, name: str, *, has_variables: bool) -> Fits:
    """Whether one value of the request suits any of the policy's, or none of them under a negation."""
    comparison = COMPARISONS[name]
    compare = seen_by(comparison.compare) if has_variables else comparison.compare

    def fits(actual: str) -> Truth:
        truth = some(compare(wanted, actual) for wanted in condition.values)
        return opposite(truth) if comparison.is_negated else truth

    return fits


def _is_null(wanted: str, found: Found) -> Truth:
    expected = boolean(wanted)
    return expected if isinstance(expected, Doubt) else expected is (not found.values)
