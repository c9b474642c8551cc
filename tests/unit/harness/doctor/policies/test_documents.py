"""Policies as files: as documents or as the AWS CLI prints them, malformed ones with every fault at its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.startup_rows import ARN
from tests.unit.harness.doctor.policies.stated import DEFAULT, LEAST, RANDOM, USE, allow, policy, report, told

_WRAPPED = {
    "get-policy-version": {"PolicyVersion": {"Document": LEAST, "VersionId": "v1"}},
    "get-role-policy": {"RoleName": "sombra", "PolicyName": "kms", "PolicyDocument": LEAST},
    "a string": {"Policy": json.dumps(LEAST)},
    "one statement": {**LEAST, "Statement": {"Effect": "Allow", "Action": [*USE, RANDOM], "Resource": "*"}},
}


@pytest.mark.parametrize("document", _WRAPPED.values(), ids=_WRAPPED)
def test_what_the_cli_prints_is_unwrapped(tmp_path: Path, document: dict[str, Any]) -> None:
    assert told(report(tmp_path, document, {"Policy": json.dumps(DEFAULT), "PolicyName": "default"})) <= {"policy-wide"}


def test_a_finding_within_a_wrapped_policy_is_placed_in_the_file(tmp_path: Path) -> None:
    wrapped = {"Policy": json.dumps(policy(allow("kms:*"), allow(RANDOM, "*")))}

    made = report(tmp_path, wrapped, DEFAULT)

    (finding,) = [each for each in made.findings if each.id == "policy-wide"]
    line = Path(finding.file).read_text("utf-8").split("\n")[finding.line - 1]
    assert line[finding.column - 1 :].startswith('\\"kms:*')


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ([], 1),
        ("[1]", 1),
        ("null", 1),
        ({}, 1),
        ({"Version": "2012-10-17"}, 1),
        ({"Version": "2020-01-01", "Statement": [allow(USE)]}, 1),
        (policy(allow("Decrypt")), 1),
        (policy(allow("kms:Decrypt", "key/1")), 1),
        (policy({"Effect": "allow", "Action": "kms:*", "Resource": "*"}), 1),
        (policy({"Effect": "Allow", "Action": "kms:*"}), 1),
        (policy({"Effect": "Allow", "Action": "kms:*", "NotAction": "kms:*", "Resource": "*"}), 1),
        (policy({"Effect": "Allow", "Action": [], "Resource": []}), 2),
        (policy(allow(USE, Principal={"AWS": "*"})), 1),
        (policy(allow(USE, Condition=[])), 1),
        (policy({"effect": "Allow", "Action": 7, "Resource": {"a": 1}}), 4),
    ],
)
def test_a_malformed_policy_is_an_error_with_every_fault(tmp_path: Path, document: object, faults: int) -> None:
    made = report(tmp_path, document, DEFAULT)

    assert told(made) == {"policy-malformed"}
    assert len(made.findings) == faults
    assert all(finding.next for finding in made.findings)
    assert made.exit_code == 1


@pytest.mark.parametrize("key", [policy(allow("kms:*", "*")), policy(allow("kms:*", "*", NotPrincipal={"AWS": "*"}))])
def test_a_malformed_key_policy_is_an_error(tmp_path: Path, key: dict[str, Any]) -> None:
    assert told(report(tmp_path, LEAST, key)) == {"policy-malformed"}


_TWICE = '{"Statement": [], "Statement": []}'


@pytest.mark.parametrize(
    "content",
    ["", "{", _TWICE, "{'a': 1}", '{"Policy": "{"}', "[" * 50_000, '{"a": ' * 50_000, "Effect: Allow"],
    ids=["empty", "cut", "twice", "quotes", "inner", "deep list", "deep object", "YAML"],
)
def test_what_is_no_json_is_unusable(tmp_path: Path, content: str) -> None:
    assert report(tmp_path, content, DEFAULT).exit_code == 2


def test_a_deeply_nested_condition_is_unusable(tmp_path: Path) -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]

    assert report(tmp_path, policy(allow(USE, Condition=deep)), DEFAULT).exit_code == 2


@pytest.mark.parametrize(
    ("statement", "wide"),
    [
        (allow("kms:*"), True),
        (allow("*", "*"), True),
        (allow("kms:*Key"), True),
        (allow(USE, "*"), True),
        (allow(USE), False),
        (allow([*USE, RANDOM], "*"), True),
        (allow("kms:List*", "*"), False),
        (allow("s3:*", "*"), False),
        ({"Effect": "Deny", "Action": "kms:*", "Resource": "arn:aws:kms:us-east-1:111122223333:key/other"}, False),
        ({"Effect": "Allow", "NotAction": "kms:Decrypt", "Resource": ARN}, True),
        (allow("kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}), True),
    ],
)
def test_what_is_more_than_needed_is_a_warning_at_its_place(
    tmp_path: Path, statement: dict[str, Any], *, wide: bool
) -> None:
    made = report(tmp_path, policy(allow(USE), allow(RANDOM, "*"), statement), DEFAULT)

    assert ("policy-wide" in told(made)) is wide
    assert {finding.level for finding in made.findings if finding.id == "policy-wide"} <= {"warning"}


def test_negated_elements_are_told(tmp_path: Path) -> None:
    iam = policy(allow(USE), {"Effect": "Allow", "Action": RANDOM, "NotResource": ARN})
    key = policy(*DEFAULT["Statement"], {"Effect": "Deny", "Action": "kms:Sign", "Resource": "*",
                                         "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/a"}})  # fmt: skip

    made = report(tmp_path, iam, key)

    assert sum(finding.id == "policy-negated" for finding in made.findings) == 2


def test_nothing_but_arns_and_names_of_a_policy_is_told(tmp_path: Path) -> None:
    planted = "PLANTED " * 200

    made = report(tmp_path, policy(allow(USE, f"arn:{planted}", Sid=planted), allow(planted, planted)), DEFAULT)

    assert made.exit_code == 1
    assert all(len(finding.message) < 400 for finding in made.findings)
