"""How Compose and ECS lay a container's environment, and how they replace what runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.harness.doctor.deployment.deployed import gateway, known, report, told

_SERVICE = "services:\n  sombra:\n    image: sombra:v7.1\n"


def _compose(*lines: str) -> str:
    return _SERVICE + "".join(f"    {line}\n" for line in lines)


def test_environment_beats_env_files_and_a_later_one_an_earlier(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1\nB=1\nC=1\n", "utf-8")
    (tmp_path / "b.env").write_text("# comment\nB='2'\nC=\"2\" # why\n", "utf-8")

    made = gateway(tmp_path, "compose", _compose("env_file: [a.env, {path: b.env}]", "environment: [C=3]"))

    assert known(made) == {"A": "1", "B": "2", "C": "3"}
    assert made.place("B").line == 2


def test_a_variable_of_the_shell_is_not_in_the_files(tmp_path: Path) -> None:
    made = known(gateway(tmp_path, "compose", _compose("environment: {A: '${A:-x}', B: $$B, C: null, D: '$D'}")))

    assert made == {"A": None, "B": "$B", "C": None, "D": None}


def test_quotes_of_an_env_file_decide_what_a_dollar_is(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A='$X'\nB=\"$X\"\nC=$X\nD\n", "utf-8")

    made = known(gateway(tmp_path, "compose", _compose("env_file: a.env")))

    assert made == {"A": "$X", "B": None, "C": None, "D": None}


def test_a_later_compose_file_changes_single_variables(tmp_path: Path) -> None:
    upper = "services:\n  sombra:\n    environment: {B: '2'}\n"

    made = known(gateway(tmp_path, "compose", _compose("environment: {A: '1', B: '1'}"), upper))

    assert made == {"A": "1", "B": "2"}


def test_a_missing_env_file_is_unusable_unless_it_may_be_missing(tmp_path: Path) -> None:
    assert report(tmp_path, "compose", _compose("env_file: gone.env")).exit_code == 2
    assert report(tmp_path, "compose", _compose("env_file: [{path: gone.env, required: false}]")).exit_code != 2


def test_only_start_first_overlaps(tmp_path: Path) -> None:
    assert "rolling-update" not in told(tmp_path, "compose", _compose("deploy: {replicas: 1}"))

    assert "rolling-update" in told(tmp_path, "compose", _compose("deploy: {update_config: {order: start-first}}"))


def test_a_span_of_time_is_read(tmp_path: Path) -> None:
    assert "long-grace-period" not in told(tmp_path, "compose", _compose("stop_grace_period: 59s"))
    assert "long-grace-period" in told(tmp_path, "compose", _compose("stop_grace_period: 1m30s"))


def _task(**extra: object) -> dict[str, object]:
    container = {"name": "gateway", "image": "sombra:v7.1", "environment": [{"name": "A", "value": "1"}], **extra}
    return {"family": "sombra", "containerDefinitions": [{"name": "agent", "image": "agent:v1"}, container]}


def test_a_secret_of_a_task_is_not_in_the_files(tmp_path: Path) -> None:
    secrets = [{"name": "JWT_ECDSA_KEY", "valueFrom": "arn:aws:ssm:us-east-1:111122223333:parameter/key"}]

    made = known(gateway(tmp_path, "ecs", json.dumps({"taskDefinition": _task(secrets=secrets)}), suffix=".json"))

    assert made == {"A": "1", "JWT_ECDSA_KEY": None}


def test_an_environment_file_of_a_task_leaves_the_rest_open(tmp_path: Path) -> None:
    task = _task(environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::bucket/sombra.env"}])

    made = report(tmp_path, "ecs", json.dumps(task), suffix=".json")

    assert "key-missing" in {each.rule for each in made.examined.unevaluated}


@pytest.mark.parametrize(
    ("service", "overlaps"),
    [
        ({}, True),
        ({"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200}}, True),
        ({"deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 200}}, True),
        ({"deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}}, False),
        ({"desiredCount": 0}, False),
    ],
)
def test_a_service_overlaps_unless_it_stops_all_first(
    tmp_path: Path,
    service: dict[str, object],
    overlaps: bool,  # noqa: FBT001  # a table's column
) -> None:
    described = {
        "services": [{"taskDefinition": "arn:aws:ecs:us-east-1:111122223333:task-definition/sombra:7", **service}]
    }

    found = told(tmp_path, "ecs", json.dumps(_task()), json.dumps(described), suffix=".json")

    assert ("rolling-update" in found) is overlaps


@pytest.mark.parametrize("content", ["", "[]", "3", "{", "{}", '{"services": []}'])
def test_what_is_no_task_definition_is_unusable(tmp_path: Path, content: str) -> None:
    assert report(tmp_path, "ecs", content, suffix=".json").exit_code == 2
