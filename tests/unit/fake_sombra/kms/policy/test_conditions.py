"""What each operator makes of a present, an absent, a manifold and an unknown key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from fake_sombra.kms.policy import NO_KEY, Verdict
from tests.unit.fake_sombra.kms.policy.documents import (
    ACCOUNT,
    ROLE,
    ROOT,
    SESSION,
    STRANGERS,
    allow,
    asked,
    decided,
    identity,
    under,
)

_YES, _NO, _OPEN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNDECIDABLE
_PURPOSE = "kms:EncryptionContext:purpose"
_NAMES = "kms:EncryptionContextKeys"
_CEK = asked(context={"purpose": "cek"})
_BOTH = asked(context={"purpose": "cek", "tenant": "one"})


@pytest.mark.parametrize(
    ("operator", "value", "verdict", "absent"),
    [
        ("StringEquals", "cek", _YES, _NO),
        ("StringEquals", ["dek", "cek"], _YES, _NO),
        ("StringEquals", "Cek", _NO, _NO),
        ("StringEquals", "c*", _NO, _NO),
        ("StringNotEquals", "dek", _YES, _YES),
        ("StringNotEquals", ["dek", "cek"], _NO, _YES),
        ("StringEqualsIgnoreCase", "CEK", _YES, _NO),
        ("StringNotEqualsIgnoreCase", "CEK", _NO, _YES),
        ("StringLike", "c?k", _YES, _NO),
        ("StringLike", ["d*", "*k"], _YES, _NO),
        ("StringLike", "C*", _NO, _NO),
        ("StringNotLike", "c*", _NO, _YES),
        ("StringNotLike", "d*", _YES, _YES),
        ("StringEqualsIfExists", "dek", _NO, _YES),
        ("StringEqualsIfExists", "cek", _YES, _YES),
        ("StringNotEqualsIfExists", "cek", _NO, _YES),
        ("ForAllValues:StringEquals", "cek", _YES, _YES),
        ("ForAllValues:StringEquals", "dek", _NO, _YES),
        ("ForAnyValue:StringEquals", "cek", _YES, _NO),
        ("ForAnyValue:StringNotEquals", "dek", _YES, _NO),
        ("ForAnyValue:StringEqualsIfExists", "dek", _NO, _YES),
        ("Null", "false", _YES, _NO),
        ("Null", True, _NO, _YES),
        ("Null", "perhaps", _OPEN, _OPEN),
        ("ArnLike", "*", _OPEN, _NO),
        ("Bool", "true", _OPEN, _NO),
        ("Bool", "yes", _OPEN, _NO),
        ("NumericEquals", 3, _OPEN, _NO),
        ("IpAddress", "10.0.0.0/8", _OPEN, _OPEN),
        ("DateLessThan", "2030-01-01T00:00:00Z", _OPEN, _OPEN),
        ("stringequals", "cek", _OPEN, _OPEN),
        ("NullIfExists", "true", _OPEN, _OPEN),
        ("ForAllValues:Null", "true", _OPEN, _OPEN),
        ("ForSomeValues:StringEquals", "cek", _OPEN, _OPEN),
    ],
)
def test_an_operator_on_a_pair_of_the_context(operator: str, value: object, verdict: Verdict, absent: Verdict) -> None:
    condition = {operator: {_PURPOSE: value}}

    assert under(condition, _CEK).verdict is verdict
    assert under(condition, asked()).verdict is absent


@pytest.mark.parametrize(
    ("operator", "value", "one", "both", "none"),
    [
        ("ForAllValues:StringEquals", ["tenant", "purpose"], _YES, _YES, _YES),
        ("ForAllValues:StringEquals", ["purpose"], _YES, _NO, _YES),
        ("ForAllValues:StringNotEquals", ["tenant"], _YES, _NO, _YES),
        ("ForAnyValue:StringEquals", ["tenant"], _NO, _YES, _NO),
        ("ForAnyValue:StringLike", "ten*", _NO, _YES, _NO),
        ("ForAnyValue:StringNotEquals", ["purpose"], _NO, _YES, _NO),
        ("StringEquals", "purpose", _OPEN, _OPEN, _NO),
        ("Null", "false", _YES, _YES, _NO),
    ],
)
def test_an_operator_on_the_names_of_the_context(
    operator: str, value: object, one: Verdict, both: Verdict, none: Verdict
) -> None:
    condition = {operator: {_NAMES: value}}

    assert [under(condition, each).verdict for each in (_CEK, _BOTH, asked())] == [one, both, none]


def test_names_of_keys_have_no_case_and_values_do() -> None:
    request = asked(context={"Purpose": "Cek"})

    assert under({"StringEquals": {"KMS:encryptioncontext:PURPOSE": "Cek"}}, request).verdict is _YES
    assert under({"StringEquals": {_PURPOSE: "cek"}}, request).verdict is _NO
    assert under({"ForAllValues:StringEquals": {_NAMES: ["purpose"]}}, request).verdict is _NO


def test_names_different_in_case_alone_leave_it_open() -> None:
    decision = under({"StringEquals": {_PURPOSE: "cek"}}, asked(context={"purpose": "cek", "PURPOSE": "dek"}))

    assert decision.verdict is _OPEN
    assert "different in case alone" in decision.doubts[0]


@pytest.mark.parametrize(
    ("operator", "key", "value", "verdict"),
    [
        ("StringEquals", "kms:CallerAccount", ACCOUNT, _YES),
        ("StringEquals", "kms:CallerAccount", STRANGERS, _NO),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT, _YES),
        ("StringEquals", "aws:ResourceAccount", ACCOUNT, _YES),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", _YES),
        ("StringEquals", "aws:RequestedRegion", "us-east-1", _NO),
        ("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*", _YES),
        ("ArnEquals", "aws:PrincipalArn", ROLE, _YES),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/apps/*", _YES),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", _NO),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:*:{ACCOUNT}:role/apps/sombra", _OPEN),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", _YES),
        ("ArnNotEquals", "aws:PrincipalArn", ROLE, _NO),
        ("Null", "kms:ViaService", "true", _YES),
        ("StringNotEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com", _YES),
        ("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com", _NO),
        ("StringEquals", "kms:KeySpec", "SYMMETRIC_DEFAULT", _OPEN),
        ("StringEquals", "aws:SourceIp", "10.0.0.1", _OPEN),
        ("StringEqualsIfExists", "aws:SourceVpce", "vpce-1", _OPEN),
        ("Null", "aws:MultiFactorAuthAge", "true", _OPEN),
    ],
)
def test_what_a_request_shows_of_itself(operator: str, key: str, value: str, verdict: Verdict) -> None:
    assert under({operator: {key: value}}, asked()).verdict is verdict


def test_a_call_through_a_service_is_told_from_a_direct_one() -> None:
    request = asked(via_service="secretsmanager.eu-west-1.amazonaws.com")

    assert under({"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}}, request).verdict is _YES
    assert under({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}, request).verdict is _NO


def test_a_session_does_not_show_the_path_of_its_role() -> None:
    condition = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/apps/*"}}

    assert under(condition, asked(SESSION)).verdict is _OPEN
    assert under(condition, asked(SESSION, facts={"aws:PrincipalArn": (ROLE,)})).verdict is _YES


def test_the_region_is_not_known_where_no_key_is_touched() -> None:
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}

    assert under(condition, asked(action="kms:GenerateRandom", resource=NO_KEY)).verdict is _OPEN


@pytest.mark.parametrize(
    ("operator", "value", "actual", "verdict"),
    [
        ("Bool", True, ["true"], _YES),
        ("Bool", "false", ["true"], _NO),
        ("BoolIfExists", "true", [], _YES),
        ("Bool", "true", [], _NO),
        ("Bool", "maybe", ["true"], _OPEN),
        ("NumericEquals", 3, ["3.0"], _YES),
        ("NumericNotEquals", 3, ["3.0"], _NO),
        ("NumericLessThan", "10", ["9"], _YES),
        ("NumericLessThan", "9", ["9"], _NO),
        ("NumericLessThanEquals", "9", ["9"], _YES),
        ("NumericGreaterThan", "9", ["10"], _YES),
        ("NumericGreaterThan", "10", ["9"], _NO),
        ("NumericGreaterThanEquals", "9.5", ["9"], _NO),
        ("NumericEquals", "NaN", ["1"], _OPEN),
        ("NumericEquals", "1", ["one"], _OPEN),
        ("StringEquals", "a", ["a", "b"], _OPEN),
        ("ForAnyValue:StringEquals", "a", ["a", "b"], _YES),
    ],
)
def test_a_fact_that_was_given_counts(operator: str, value: object, actual: Sequence[str], verdict: Verdict) -> None:
    request = asked(facts={"example:Fact": actual})

    assert under({operator: {"EXAMPLE:fact": value}}, request).verdict is verdict


def test_every_condition_of_a_statement_must_hold() -> None:
    condition = {
        "StringEquals": {_PURPOSE: "cek", "kms:CallerAccount": ACCOUNT},
        "Null": {"kms:EncryptionContext:tenant": "false"},
    }

    assert under(condition, _BOTH).verdict is _YES
    assert under(condition, _CEK).verdict is _NO
    assert under(condition, asked(context={"tenant": "one"})).verdict is _NO


def test_a_condition_that_fails_settles_what_another_leaves_open() -> None:
    condition = {"StringEquals": {"aws:SourceVpc": "vpc-1", _PURPOSE: "dek"}}

    assert under(condition, _CEK).verdict is _NO


_VARIABLE = "${aws:PrincipalTag/team}"
_WITH_VARIABLE: list[Mapping[str, Any]] = [
    allow(Condition={"StringEquals": {_PURPOSE: _VARIABLE}}),
    allow(resource=f"arn:aws:kms:*:*:key/{_VARIABLE}"),
]


@pytest.mark.parametrize("statement", _WITH_VARIABLE)
def test_a_policy_variable_leaves_it_open_where_variables_are_known(statement: dict[str, Any]) -> None:
    decision = decided(_CEK, identity(statement))

    assert decision.verdict is _OPEN
    assert _VARIABLE in decision.doubts[0]
    assert decided(_CEK, identity(statement, version="2008-10-17")).verdict is _NO


def test_the_account_itself_shows_its_arn() -> None:
    assert under({"ArnEquals": {"aws:PrincipalArn": ROOT}}, asked(ROOT)).verdict is _YES


def test_names_that_are_no_text_leave_it_open() -> None:
    assert under({3: {None: "x"}}, asked()).verdict is _OPEN
