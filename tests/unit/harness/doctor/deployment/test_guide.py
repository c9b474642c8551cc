"""The guide's own target and rollback, written for each platform, hold no error; a mistake in one does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.startup_rows import aws, local
from tests.unit.harness.doctor.deployment.deployed import report

_IMAGE = "registry.example/sombra:v7.444.2"


def _named(variables: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def _values(variables: dict[str, str]) -> str:
    ids = {"SOMBRA_ID": "gateway-1"}
    secret = {"JWT_ECDSA_KEY": variables["JWT_ECDSA_KEY"]}
    rest = {name: value for name, value in variables.items() if name not in secret}
    return json.dumps({"envs_as_secret": _named(secret), "envs": _named({**ids, **rest})})


def _manifests(variables: dict[str, str]) -> str:
    pod = {
        "serviceAccountName": "sombra",
        "containers": [{"name": "sombra", "image": _IMAGE, "env": _named(variables)}],
    }
    spec = {"replicas": 1, "strategy": {"type": "Recreate"}, "template": {"spec": pod}}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "sombra"}, "spec": spec})


def _compose(variables: dict[str, str]) -> str:
    return json.dumps({"services": {"sombra": {"image": _IMAGE, "environment": variables}}})


def _ecs(variables: dict[str, str]) -> str:
    container = {"name": "sombra", "image": _IMAGE, "environment": _named(variables)}
    task = {"family": "sombra", "taskRoleArn": "arn:aws:iam::111122223333:role/s", "containerDefinitions": [container]}
    percent = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    service = {"taskDefinition": "sombra:7", "desiredCount": 1, "deploymentConfiguration": percent}
    return json.dumps({"taskDefinition": task, "services": [service]})


_PLATFORMS = pytest.mark.parametrize(
    ("flag", "written"),
    [("values", _values), ("manifests", _manifests), ("compose", _compose), ("ecs", _ecs)],
    ids=["values", "manifests", "compose", "ecs"],
)


@_PLATFORMS
@pytest.mark.parametrize("variables", [aws(), local(**{**aws(), "KMS_PROVIDER": "local"}), local()])
def test_the_guides_environments_have_no_error_and_no_open_question(
    tmp_path: Path, flag: str, written: object, variables: dict[str, str]
) -> None:
    assert callable(written)

    made = report(tmp_path, flag, written(variables), suffix=".json")

    assert not [finding for finding in made.findings if finding.level == "error"]
    assert made.exit_code == 0


@_PLATFORMS
def test_the_rules_of_env_files_hold_for_every_platform(tmp_path: Path, flag: str, written: object) -> None:
    assert callable(written)

    made = report(tmp_path, flag, written(aws(AWS_REGION="eu-west-1")), suffix=".json")

    assert [finding.id for finding in made.findings if finding.level == "error"] == ["region-mismatch"]
    assert made.exit_code == 1


@_PLATFORMS
def test_no_secret_is_told(tmp_path: Path, flag: str, written: object) -> None:
    assert callable(written)
    planted = "PLANTED" * 30

    made = report(tmp_path, flag, written(aws(JWT_ECDSA_KEY=planted, AWS_SECRET_ACCESS_KEY=planted)), suffix=".json")

    assert made.findings
    assert "PLANTED" not in repr(made)
