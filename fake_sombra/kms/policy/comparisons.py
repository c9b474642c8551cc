"""The operators that can be evaluated, each on one wanted and one actual text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fake_sombra.kms.policy.patterns import ARN_PARTS, arn_like, text_like
from fake_sombra.kms.policy.truth import Doubt, Truth
from fake_sombra.kms.policy.variables import Compare

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`compare(wanted, actual)`; a negated one holds when no wanted value compares."""

    compare: Compare
    is_negated: bool = False


def boolean(text: str) -> bool | Doubt:
    """Read `true` or `false` in any case."""
    known = {"true": True, "false": False}.get(text.lower())
    return Doubt((f"{text} is neither true nor false",)) if known is None else known


def _equal(wanted: str, actual: str) -> Truth:
    return wanted == actual


def _equal_ignoring_case(wanted: str, actual: str) -> Truth:
    return wanted.lower() == actual.lower()


def _arn(wanted: str, actual: str) -> Truth:
    if wanted.count(":") < ARN_PARTS - 1:
        return Doubt((f"{wanted} is not an ARN of six parts",))
    return arn_like(wanted, actual)


def _same_boolean(wanted: str, actual: str) -> Truth:
    one, other = boolean(wanted), boolean(actual)
    if isinstance(one, Doubt):
        return one
    return other if isinstance(other, Doubt) else one is other


def _number(relation: Callable[[Decimal, Decimal], bool]) -> Compare:
    def compare(wanted: str, actual: str) -> Truth:
        wrong = tuple(f"{text} is not a number" for text in (wanted, actual) if not _NUMBER.fullmatch(text))
        return Doubt(wrong) if wrong else relation(Decimal(actual), Decimal(wanted))

    return compare


COMPARISONS: Final[dict[str, Comparison]] = {
    "ArnEquals": Comparison(_arn),
    "ArnLike": Comparison(_arn),
    "ArnNotEquals": Comparison(_arn, is_negated=True),
    "ArnNotLike": Comparison(_arn, is_negated=True),
    "Bool": Comparison(_same_boolean),
    "NumericEquals": Comparison(_number(Decimal.__eq__)),
    "NumericGreaterThan": Comparison(_number(Decimal.__gt__)),
    "NumericGreaterThanEquals": Comparison(_number(Decimal.__ge__)),
    "NumericLessThan": Comparison(_number(Decimal.__lt__)),
    "NumericLessThanEquals": Comparison(_number(Decimal.__le__)),
    "NumericNotEquals": Comparison(_number(Decimal.__eq__), is_negated=True),
    "StringEquals": Comparison(_equal),
    "StringEqualsIgnoreCase": Comparison(_equal_ignoring_case),
    "StringLike": Comparison(text_like),
    "StringNotEquals": Comparison(_equal, is_negated=True),
    "StringNotEqualsIgnoreCase": Comparison(_equal_ignoring_case, is_negated=True),
    "StringNotLike": Comparison(text_like, is_negated=True),
}
