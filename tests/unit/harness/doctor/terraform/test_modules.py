"""How the module is called: its default, its variables, nested calls, and the region of its provider."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.startup_rows import p384
from tests.unit.harness.doctor.terraform.planned import (
    KEY,
    Json,
    aws,
    containers,
    key,
    parameter,
    plan,
    report,
    task,
    told,
)

_MADE = {name: value for name, value in KEY.items() if name != "arn"}


def configured(
    expressions: dict[str, Any], *, region: Any = None, root: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A configuration that calls Sombra's module, and the region of its provider."""
    resource = {"address": "aws_kms_key.key", "type": "aws_kms_key", "name": "key", "provider_config_key": "aws.keys"}
    variables = {"use_local_kms": {"default": True}, "aws_region": {"default": "eu-west-1"}}
    module = {"resources": [resource], "variables": variables}
    provider = {"aws.keys": {"expressions": {} if region is None else {"region": region}}}
    calls = {"sombra": {"expressions": expressions, "module": module}}
    return {"provider_config": provider, "root_module": {"module_calls": calls, "variables": root or {}}}


@pytest.mark.parametrize(
    ("expression", "root", "is_told"),
    [
        (None, {}, True),
        ({"constant_value": None}, {}, True),
        ({"constant_value": False}, {}, False),
        ({"constant_value": "false"}, {}, False),
        ({"constant_value": True}, {}, False),
        ({"references": ["var.local"]}, {"local": {"default": True}}, True),
        ({"references": ["var.local"]}, {"local": {"default": "true"}}, True),
        ({"references": ["var.local"]}, {"local": {"default": False}}, False),
        ({"references": ["var.local"]}, {"local": {}}, False),
        ({"references": ["var.a", "var.b"]}, {}, False),
    ],
)
def test_a_call_that_falls_back_to_local_is_told(
    tmp_path: Path, expression: dict[str, Any] | None, root: dict[str, Any], *, is_told: bool
) -> None:
    expressions = {} if expression is None else {"use_local_kms": expression}

    made = report(tmp_path, plan(key(), configuration=configured(expressions, root=root)))

    assert ("use-local-kms-default" in told(made)) is is_told


def test_a_call_within_a_call_takes_its_callers_argument(tmp_path: Path) -> None:
    inner = configured({"use_local_kms": {"references": ["var.local"]}})["root_module"]
    outer = {"expressions": {"local": {"constant_value": False}}, "module": inner}

    made = report(tmp_path, plan(key(), configuration={"root_module": {"module_calls": {"platform": outer}}}))

    assert "use-local-kms-default" not in told(made)


def test_the_deletion_names_its_reason(tmp_path: Path) -> None:
    back = configured({"use_local_kms": {"references": ["var.local"]}})

    made = report(tmp_path, plan(key(after=None), configuration=back, variables={"local": {"value": "true"}}))

    (finding,) = [each for each in made.findings if each.id == "kms-key-destroyed"]
    assert "because use_local_kms is true for module.sombra" in finding.message
    assert "terraform state rm" in finding.next


@pytest.mark.parametrize(
    ("region", "variables", "told_region", "outcome"),
    [
        ({"constant_value": "us-east-1"}, {}, None, "differs"),
        ({"constant_value": "eu-west-1"}, {}, None, "agrees"),
        ({"references": ["var.where"]}, {"where": {"value": "us-east-1"}}, None, "differs"),
        ({"references": ["var.where"]}, {}, None, "open"),
        (None, {}, None, "open"),
        ({"constant_value": "us-east-1"}, {}, "us-east-1", "agrees"),
    ],
)
def test_the_region_of_a_new_key_is_its_providers(
    tmp_path: Path, region: Any, variables: dict[str, Any], told_region: str | None, outcome: str
) -> None:
    """sombra.md 3.11: it need not be the `aws_region` that becomes AWS_REGION."""
    expressions: Json = {"use_local_kms": {"constant_value": False}}
    if told_region is not None:
        expressions["aws_region"] = {"constant_value": told_region}
    cutover = plan(
        key(before=None, after=_MADE), configuration=configured(expressions, region=region), variables=variables
    )

    made = report(tmp_path, cutover)

    assert ("kms-key-elsewhere" in told(made)) is (outcome == "differs")
    assert ("kms-key-elsewhere" in {each.rule for each in made.examined.unevaluated}) is (outcome == "open")


def test_the_region_of_the_task_goes_before_the_modules(tmp_path: Path) -> None:
    defined = containers(aws(AWS_REGION="us-east-1"))
    there = configured({"use_local_kms": {"constant_value": False}}, region={"constant_value": "us-east-1"})

    made = report(tmp_path, plan(key(before=None, after=_MADE), task(defined, defined), configuration=there))

    assert "kms-key-elsewhere" not in told(made)


def test_a_changed_parameter_is_picked_up_only_by_a_new_task(tmp_path: Path) -> None:
    """F27 on ECS: tasks read a parameter when they start."""
    stays, moves = containers(aws()), containers(aws(LOG_LEVEL="debug"))
    turned = parameter(p384("old"), f"{p384('new')},{p384('old')}")

    assert "parameter-without-restart" in told(report(tmp_path, plan(task(stays, stays), turned)))
    assert "parameter-without-restart" not in told(report(tmp_path, plan(task(stays, moves), turned)))
    assert "parameter-without-restart" not in told(report(tmp_path, plan(task(stays, stays), parameter("x", "x"))))
