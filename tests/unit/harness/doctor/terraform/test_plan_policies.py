"""Policies that stand in a plan: judged as those in files, on the plan's own key and role, unknown parts left open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.startup_rows import ARN
from tests.unit.harness.doctor.policies.stated import RANDOM, USE, allow, deny, opened, policy
from tests.unit.harness.doctor.terraform.planned import (
    KEY,
    ROLE,
    Json,
    aws,
    change,
    containers,
    key,
    plan,
    report,
    task,
    told,
)

_POLICY_ARN = "arn:aws:iam::111122223333:policy/sombra"
_LEAST = policy(allow(USE), allow(RANDOM, "*"))
_WRITE_ONLY = policy(allow(["kms:Encrypt", "kms:DescribeKey"]), allow(RANDOM, "*"))
_STATEMENTS: list[Json] = [
    {"sid": "Use", "actions": ["kms:*"], "resources": [ARN]},
    {"sid": "Random", "actions": [RANDOM], "resources": ["*"]},
]


def iam(document: Json | None, *, name: str = "kms", arn: str = _POLICY_ARN) -> Json:
    """A managed policy; without a document one that is known only after the apply."""
    after: Json = {"arn": arn, "name": name}
    if document is not None:
        after["policy"] = json.dumps(document)
    unknown = {"policy": True} if document is None else None
    return change("aws_iam_policy", name, after, after, actions=("update",), unknown=unknown)


def generated(statements: list[Json], *, unknown: Json | None = None) -> Json:
    """The data source that the module makes its policy of."""
    return change("aws_iam_policy_document", "doc", None, {"statement": statements}, actions=("read",), unknown=unknown)


def running() -> Json:
    return task(containers(aws()), containers(aws()))


def found(folder: Path, *changes: Json) -> tuple[set[str], set[str]]:
    """What is found and what stays open about policies, for the plan's own key."""
    made = report(folder, plan(key(), running(), *changes))
    about = {"image-not-pinned", "key-missing", "rolling-update"}
    return told(made) - about, opened(made) & {"action-not-allowed", "action-denied"}


@pytest.mark.parametrize(
    ("document", "causes"),
    [
        (_LEAST, set()),
        (policy(allow(USE)), {"action-not-allowed"}),
        (policy(allow([*USE, RANDOM])), {"generate-random-scoped"}),
        (policy(allow("kms:*"), allow(RANDOM, "*")), {"policy-wide"}),
        (_WRITE_ONLY, {"action-not-allowed", "encrypt-without-decrypt"}),
        (policy(allow(USE), allow(RANDOM, "*"), deny("kms:Encrypt")), {"action-denied"}),
        (policy(allow("Decrypt")), {"policy-malformed"}),
    ],
)
def test_a_policy_of_a_plan_is_judged_like_one_of_a_file(tmp_path: Path, document: Json, causes: set[str]) -> None:
    assert found(tmp_path, iam(document)) == (causes, set())


def test_policies_that_have_nothing_to_do_with_kms_are_left_alone(tmp_path: Path) -> None:
    assert found(tmp_path, iam(policy(allow("s3:GetObject", "*")))) == (set(), set())
    assert found(tmp_path, iam(_LEAST), iam(policy(allow("ssm:GetParameters", "*")), name="ssm")) == (set(), set())


def test_a_policy_on_another_role_is_not_sombras(tmp_path: Path) -> None:
    elsewhere = "arn:aws:iam::111122223333:policy/other"
    attached = change("aws_iam_role_policy_attachment", "a", *[{"role": "other", "policy_arn": elsewhere}] * 2)

    made = found(tmp_path, iam(_LEAST), iam(policy(allow("kms:*", "*")), name="other", arn=elsewhere), attached)

    assert made == (set(), set())


def test_an_inline_policy_of_the_role_counts(tmp_path: Path) -> None:
    inline = {"role": ROLE.rpartition("/")[2], "policy": json.dumps(_LEAST)}

    assert found(tmp_path, change("aws_iam_role_policy", "inline", inline, inline)) == (set(), set())


def test_a_policy_that_is_not_known_yet_is_told_by_what_it_is_made_of(tmp_path: Path) -> None:
    assert found(tmp_path, iam(None), generated(_STATEMENTS)) == ({"policy-wide"}, set())


def test_a_part_that_is_not_known_yet_leaves_only_what_hangs_on_it_open(tmp_path: Path) -> None:
    """The module's policy while it makes the key: GenerateRandom is known to be allowed, the key's ARN is not known."""
    unknown = {"statement": [{"resources": [True]}, {"resources": [False]}]}
    use, random = _STATEMENTS
    partial = generated([{**use, "resources": [None]}, random], unknown=unknown)

    assert found(tmp_path, iam(None), partial) == ({"policy-wide"}, {"action-not-allowed"})


def test_a_trust_policy_is_no_policy_of_the_role(tmp_path: Path) -> None:
    trust = [
        {"actions": ["sts:AssumeRole"], "principals": [{"type": "Service", "identifiers": ["x"]}], "resources": []}
    ]

    assert found(tmp_path, iam(_LEAST), generated(trust)) == (set(), set())


@pytest.mark.parametrize(
    ("stated", "causes"),
    [
        ({"AWS": "arn:aws:iam::111122223333:root"}, set()),
        ({"AWS": ROLE}, set()),
        ({"AWS": "arn:aws:iam::111122223333:role/admin"}, {"key-policy-shut"}),
    ],
)
def test_the_policy_of_the_key_counts_for_the_role_of_the_task(tmp_path: Path, stated: Json, causes: set[str]) -> None:
    """F14."""
    shut = {**KEY, "policy": json.dumps(policy(allow("kms:*", "*", Principal=stated)))}

    made = report(tmp_path, plan(key(shut, shut), running(), iam(_LEAST)))

    assert told(made) & {"key-policy-shut", "action-not-allowed"} == causes
    assert not opened(made) & {"action-not-allowed"}


def test_an_operator_s_own_policy_files_are_judged_beside_the_plan(tmp_path: Path) -> None:
    (tmp_path / "role.json").write_text(json.dumps(policy(allow(USE))), "utf-8")

    made = report(tmp_path, plan(key(), running(), iam(_LEAST)), **{"iam-policy": (str(tmp_path / "role.json"),)})

    refused = [each for each in made.findings if each.id == "action-not-allowed"]
    assert [Path(each.file).name for each in refused] == ["role.json"]
