"""Whether the gateway may do what it does, from documents alone: every refusal by its cause, every doubt left open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from tests.conformance.startup_rows import ALIAS, ARN, aws
from tests.unit.harness.doctor.policies.stated import (
    DEFAULT,
    LEAST,
    RANDOM,
    ROLE,
    ROOT,
    USE,
    allow,
    deny,
    opened,
    policy,
    report,
    told,
)

OTHER = ARN.replace("1111-", "9999-")


def test_the_least_policy_under_the_default_key_policy_has_nothing_to_tell(tmp_path: Path) -> None:
    made = report(tmp_path, LEAST, DEFAULT, principal=ROLE)

    assert told(made) == opened(made) == set()
    assert made.exit_code == 0


def test_several_policies_count_together(tmp_path: Path) -> None:
    made = report(tmp_path, (policy(allow(USE)), policy(allow(RANDOM, "*"))), DEFAULT)

    assert told(made) == set()
    assert made.exit_code == 0


@pytest.mark.parametrize("missing", [*USE, RANDOM])
def test_each_needed_action_that_nobody_allows_is_told(tmp_path: Path, missing: str) -> None:
    kept = [action for action in USE if action != missing]
    made = report(tmp_path, policy(allow(kept), *([] if missing == RANDOM else [allow(RANDOM, "*")])), DEFAULT)

    refused = [finding for finding in made.findings if finding.id == "action-not-allowed"]
    assert [missing in finding.message for finding in refused] == [True]
    assert ("encrypt-without-decrypt" in told(made)) is (missing == "kms:Decrypt")
    assert made.exit_code == 1


_NO_CONTEXT = {"Null": {"kms:EncryptionContextKeys": "true"}}
_VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
_WRITE_ONLY = {"action-denied", "encrypt-without-decrypt"}


@pytest.mark.parametrize(
    ("statement", "causes"),
    [
        (deny("kms:Decrypt"), _WRITE_ONLY),
        (deny("kms:*"), {"action-denied"}),
        (deny("kms:Decrypt", OTHER), set()),
        (deny("kms:Decrypt", "*", Condition=_NO_CONTEXT), _WRITE_ONLY),
        (deny("kms:Decrypt", "*", Condition=_VIA_S3), set()),
        ({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}, {"action-denied"}),
    ],
)
def test_a_deny_wins_where_it_applies(tmp_path: Path, statement: dict[str, Any], causes: set[str]) -> None:
    made = report(tmp_path, policy(allow(USE), allow(RANDOM, "*"), statement), DEFAULT)

    assert told(made) == causes
    lines = (tmp_path / "iam-policy-0.json").read_text("utf-8").split("\n")
    places = {finding.line for finding in made.findings if finding.id == "action-denied"}
    assert all('"Deny"' in lines[place] for place in places)  # the line behind the statement's brace


@pytest.mark.parametrize(
    ("condition", "cause"),
    [
        ({"StringEquals": {"kms:EncryptionContext:purpose": "cek"}}, "condition-on-context"),
        ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["tenant"]}}, "condition-on-context"),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, "condition-via-service"),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "condition-on-region"),
        ({"Bool": {"aws:SecureTransport": "false"}}, "condition-unmet"),
        ({"StringEquals": {"kms:CallerAccount": "999988887777"}}, "condition-unmet"),
        ({"StringLike": {"kms:RequestAlias": "alias/*"}}, "condition-unmet"),
    ],
)
def test_a_condition_that_the_gateway_does_not_meet_is_told_by_its_kind(
    tmp_path: Path, condition: dict[str, Any], cause: str
) -> None:
    made = report(tmp_path, policy(allow(USE, Condition=condition), allow(RANDOM, "*")), DEFAULT, after=aws())

    assert cause in told(made)
    assert not {"action-not-allowed", "key-policy-shut"} & told(made)
    places = {finding.line for finding in made.findings if finding.id == cause}
    assert len(places) == 1


@pytest.mark.parametrize(
    "condition",
    [
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["tenant"]}},
        {"Null": {"kms:ViaService": "true"}},
        {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
    ],
)
def test_a_condition_that_holds_is_no_matter(tmp_path: Path, condition: dict[str, Any]) -> None:
    made = report(tmp_path, policy(allow(USE, Condition=condition), allow(RANDOM, "*")), DEFAULT, after=aws())

    assert told(made) <= {"permission-errors-hidden"}
    assert opened(made) == set()


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"NoSuch": {"a": "b"}},
    ],
)
def test_what_cannot_be_told_from_files_stays_open(tmp_path: Path, condition: dict[str, Any]) -> None:
    made = report(tmp_path, policy(allow(USE, Condition=condition), allow(RANDOM, "*")), DEFAULT)

    assert told(made) == set()
    assert opened(made) == {"action-not-allowed"}
    assert made.exit_code == 3


def test_a_policy_variable_stays_open(tmp_path: Path) -> None:
    templated = "arn:aws:kms:us-east-1:${aws:PrincipalAccount}:key/*"

    made = report(tmp_path, policy(allow(USE, templated), allow(RANDOM, "*")), DEFAULT, after=aws())

    assert opened(made) == {"action-not-allowed"}


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        (allow(RANDOM), "generate-random-scoped"),
        (allow([*USE, RANDOM]), "generate-random-scoped"),
        (allow("kms:Generate*"), "generate-random-scoped"),
        (allow("kms:ListKeys", "*"), "action-not-allowed"),
    ],
)
def test_generate_random_on_a_key_is_told_apart_from_none(
    tmp_path: Path, statement: dict[str, Any], cause: str
) -> None:
    made = report(tmp_path, policy(allow(USE), statement), DEFAULT)

    assert told(made) == {cause}


def test_a_policy_on_another_key_than_the_environments_is_told_at_its_resource(tmp_path: Path) -> None:
    made = report(tmp_path, policy(allow(USE, OTHER), allow(RANDOM, "*")), DEFAULT, after=aws())

    refused = [finding for finding in made.findings if finding.id == "action-not-allowed"]
    assert len(refused) == len(USE)
    assert all(ARN in finding.message for finding in refused)


@pytest.mark.parametrize("resource", ["*", "arn:aws:kms:*:111122223333:key/*", f"{ARN[:-2]}*", [OTHER, ARN]])
def test_wildcards_reach_the_key(tmp_path: Path, resource: object) -> None:
    made = report(tmp_path, policy(allow(USE, resource), allow(RANDOM, "*")), DEFAULT, after=aws())

    assert "action-not-allowed" not in told(made)


def test_an_alias_in_resource_grants_nothing(tmp_path: Path) -> None:
    made = report(tmp_path, policy(allow(USE, ALIAS), allow(RANDOM, "*")), DEFAULT, after=aws())

    assert {"alias-in-resource", "action-not-allowed"} <= told(made)


def test_which_key_must_be_known_where_policies_name_several(tmp_path: Path) -> None:
    named = policy(allow(USE, [ARN, OTHER]), allow(RANDOM, "*"))

    assert opened(report(tmp_path, named, DEFAULT)) == {"action-not-allowed"}
    assert opened(report(tmp_path, named, DEFAULT, after=aws())) == set()


def key_policy(principal: object, **more: object) -> dict[str, Any]:
    return policy(allow("kms:*", "*", Principal=principal, **more))


@pytest.mark.parametrize(
    ("principal", "causes"),
    [
        (ROOT, set()),
        ({"AWS": "111122223333"}, set()),
        ({"AWS": ROLE}, set()),
        ({"AWS": ["arn:aws:iam::111122223333:role/admin", ROLE]}, set()),
        ({"AWS": "arn:aws:iam::111122223333:role/admin"}, {"key-policy-shut"}),
        ({"AWS": "arn:aws:iam::999988887777:root"}, {"key-policy-shut"}),
        ({"Service": "s3.amazonaws.com"}, {"key-policy-shut"}),
        ("*", {"policy-wide"}),
    ],
)
def test_a_key_policy_must_allow_the_role_or_delegate_to_the_account(
    tmp_path: Path, principal: object, causes: set[str]
) -> None:
    """F14: without delegation IAM policies have no effect."""
    assert told(report(tmp_path, LEAST, key_policy(principal), principal=ROLE)) == causes


def test_a_key_policy_that_names_callers_needs_to_know_the_caller(tmp_path: Path) -> None:
    named = key_policy({"AWS": "arn:aws:iam::111122223333:role/admin"})

    made = report(tmp_path, LEAST, named)

    assert told(made) == set()
    assert opened(made) == {"action-not-allowed"}
    assert any("--principal" in each.next for each in made.examined.unevaluated)


def test_a_condition_in_the_key_policy_is_told_there(tmp_path: Path) -> None:
    via = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}

    made = report(tmp_path, LEAST, key_policy({"AWS": "*"}, Condition=via), principal=ROLE)

    assert told(made) == {"condition-via-service"}
    assert all("key-policy" in finding.file for finding in made.findings)


def test_another_account_needs_both_sides(tmp_path: Path) -> None:
    stranger = "arn:aws:iam::999988887777:role/sombra"

    assert "key-policy-shut" in told(report(tmp_path, LEAST, DEFAULT, principal=stranger))
    assert told(report(tmp_path, LEAST, key_policy({"AWS": stranger}), principal=stranger)) == set()


def test_a_key_policy_alone_can_refuse_but_never_allow(tmp_path: Path) -> None:
    """An IAM policy that nobody has shown may still deny."""
    open_to_us, shut = key_policy({"AWS": ROLE}), key_policy({"AWS": "arn:aws:iam::999988887777:root"})

    named = report(tmp_path, None, open_to_us, principal=ROLE)
    assert told(named) == set()
    assert len(named.examined.unevaluated) == len(USE) + 1
    assert "key-policy-shut" in told(report(tmp_path, None, shut, principal=ROLE))


def test_each_of_several_key_policies_is_a_question_of_its_own(tmp_path: Path) -> None:
    made = report(tmp_path, LEAST, (DEFAULT, key_policy({"AWS": "arn:aws:iam::999988887777:root"})), principal=ROLE)

    assert {Path(finding.file).name for finding in made.findings if finding.id == "key-policy-shut"} == {
        "key-policy-1.json"
    }


def test_without_a_key_policy_awss_default_is_assumed_and_said(tmp_path: Path) -> None:
    made = report(tmp_path, LEAST)

    assert {finding.id for finding in made.findings} == {"key-policy-assumed"}
    assert made.exit_code == 0


def test_the_role_of_the_deployment_is_the_caller(tmp_path: Path) -> None:
    """An ECS task definition names it; so the key policy is put to the right role without --principal."""
    container = {"name": "sombra", "image": "sombra:v7.1.0", "environment": [{"name": "KMS_PROVIDER", "value": "AWS"}]}
    task = {"family": "sombra", "taskRoleArn": ROLE, "containerDefinitions": [container]}
    for name, content in {"task": task, "iam": LEAST, "key": key_policy({"AWS": ROLE})}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), "utf-8")
    flags = ("--ecs", "task.json", "--iam-policy", "iam.json", "--key-policy", "key.json")
    words = [str(tmp_path / word) if word.endswith(".json") else word for word in flags]

    assert main(["doctor", *words, "--only", "action-not-allowed,key-policy-shut"]) == 0


def test_a_principal_that_is_none_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "iam.json").write_text(json.dumps(LEAST), "utf-8")

    assert main(["doctor", "--iam-policy", str(tmp_path / "iam.json"), "--principal", "sombra"]) == 2
    assert "arn:aws:iam::" in capsys.readouterr().err
