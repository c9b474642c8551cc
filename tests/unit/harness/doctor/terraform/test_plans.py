"""What a plan does to keys and environments: deletions block, unknown values stay open, secrets are never told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.doctor.command import diagnose
from harness.doctor.effective import Effective, NotInTheFiles
from harness.doctor.inputs import Inputs
from tests.conformance.startup_rows import ARN, p384
from tests.unit.harness.doctor.terraform.planned import (
    KEY,
    PARAMETER,
    aws,
    change,
    containers,
    errors,
    key,
    local,
    parameter,
    plan,
    reading,
    report,
    service,
    task,
    told,
    written,
)

OLD, NEW = p384("old"), p384("new")
STATES = {"local": local, "AWS": aws}


def flip(was: str, will: str, *, keys: tuple[str, str] = (OLD, f"{NEW},{OLD}")) -> tuple[dict[str, object], ...]:
    """A task that goes from one provider to another, with its service and its parameter."""
    return (
        task(containers(STATES[was]()), containers(STATES[will]()), actions=("delete", "create")),
        service(),
        parameter(*keys),
    )


def test_going_back_to_local_with_the_module_deletes_the_key_and_is_an_error(tmp_path: Path) -> None:
    """D-08, F19; and `local` with an empty ARN and a region is none (D-01, F35)."""
    both = f"{NEW},{OLD}"
    made = report(tmp_path, plan(key(after=None), *flip("AWS", "local", keys=(both, both))))

    assert errors(made) == {"kms-key-destroyed"}
    assert made.exit_code == 1
    assert {"rolling-update", "aws-left-over"} <= told(made)


def test_going_to_aws_with_everything_known_has_no_error(tmp_path: Path) -> None:
    made = report(tmp_path, plan(key(), *flip("local", "AWS")))

    assert errors(made) == set()
    assert made.exit_code == 0


@pytest.mark.parametrize("actions", [("delete", "create"), ("create", "delete")])
def test_a_replaced_key_is_an_error_in_either_order(tmp_path: Path, actions: tuple[str, ...]) -> None:
    made = report(tmp_path, plan(key(after={**KEY, "arn": None}, actions=actions, unknown={"arn": True})))

    assert "kms-key-replaced" in errors(made)


@pytest.mark.parametrize("actions", [("no-op",), ("update",), ("forget",), ("read",)])
def test_a_key_that_stays_or_is_only_forgotten_is_no_error(tmp_path: Path, actions: tuple[str, ...]) -> None:
    assert errors(report(tmp_path, plan(key(actions=actions)))) == set()


def test_another_key_that_goes_is_a_warning_when_the_environments_name_sombras(tmp_path: Path) -> None:
    other = {**KEY, "arn": ARN.replace("1111-", "9999-")}

    made = report(tmp_path, plan(key(before=other, after=None), *flip("local", "AWS")))

    assert "other-kms-key-destroyed" in told(made)
    assert errors(made) == set()


def test_under_an_alias_any_key_may_be_sombras(tmp_path: Path) -> None:
    named = aws(AWS_KMS_KEY_ARN="arn:aws:kms:us-east-1:111122223333:alias/sombra")

    made = report(tmp_path, plan(key(after=None), task(containers(named), containers(named))))

    assert "kms-key-destroyed" in errors(made)


def test_what_is_known_only_after_the_apply_is_open_and_the_keys_are_judged_all_the_same(tmp_path: Path) -> None:
    """The module's ARN is not known while the key is made, so the whole environment is not; its parameters are."""
    cutover = plan(
        key(before=None, after={}, unknown={"arn": True, "region": True}),
        task(containers(local()), None, actions=("delete", "create")),
        service(),
        parameter(OLD, NEW),
    )

    made = report(tmp_path, cutover)

    assert errors(made) == {"old-key-dropped", "rollback-old-key-dropped"}
    opened = {each.rule: each for each in made.examined.unevaluated}
    assert {"arn-missing", "region-mismatch", "kms-key-elsewhere"} <= set(opened)
    assert "known only after the apply" in opened["arn-missing"].why


def test_an_unknown_environment_alone_is_no_go_and_no_error(tmp_path: Path) -> None:
    made = report(tmp_path, plan(task(containers(local()), None), service(), parameter(OLD, f"{NEW},{OLD}")))

    assert errors(made) == set()
    assert made.exit_code == 3


def test_the_operators_own_file_stands_for_what_the_plan_does_not_know_yet(tmp_path: Path) -> None:
    """As the open questions ask for it: with `--after` nothing is left open, and its mistakes are told once."""
    cutover = written(tmp_path, plan(task(containers(local()), None), service(), parameter(OLD, f"{NEW},{OLD}")))
    after = tmp_path / "after.env"
    variables = {**aws(AWS_REGION="eu-west-1"), "JWT_ECDSA_KEY": f"{NEW},{OLD}"}
    after.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), "utf-8")

    made = diagnose(Inputs(after=str(after), documents={"tfplan": (cutover,)}))

    assert made.examined.unevaluated == ()
    assert [each.id for each in made.findings if each.level == "error"] == ["region-mismatch"]
    assert {"rolling-update", "old-key-is-the-rollback"} <= told(made)


def test_the_two_states_of_a_task_are_before_and_after(tmp_path: Path) -> None:
    read = reading(tmp_path, plan(*flip("local", "AWS")))

    before, after = read.first("before"), read.first("after")
    assert isinstance(before, Effective)
    assert isinstance(after, Effective)
    assert before.variables["JWT_ECDSA_KEY"] == OLD
    assert after.variables["JWT_ECDSA_KEY"] == f"{NEW},{OLD}"
    assert (before.variables["KMS_PROVIDER"], after.variables["KMS_PROVIDER"]) == ("local", "AWS")
    assert read.first("rollback") is None


def test_a_plan_that_leads_back_is_after_and_rollback(tmp_path: Path) -> None:
    read = reading(tmp_path, plan(*flip("AWS", "local")))

    assert read.first("before") is None
    assert [read.first(part) is not None for part in ("after", "rollback")] == [True, True]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (PARAMETER, True),
        ("sombra-JWT_ECDSA_KEY", True),
        ("arn:aws:ssm:eu-west-1:999988887777:parameter/sombra-JWT_ECDSA_KEY", True),
        ("arn:aws:ssm:us-east-1:111122223333:parameter/another", False),
        ("", False),
    ],
)
def test_a_secret_is_the_parameter_it_names(tmp_path: Path, source: str, *, found: bool) -> None:
    defined = containers(aws(), keys_at=source)
    (environment,) = (reading(tmp_path, plan(task(defined, defined), parameter(OLD, OLD))).first("after"),)

    assert environment is not None
    if found:
        assert environment.variables["JWT_ECDSA_KEY"] == OLD
    else:
        with pytest.raises(NotInTheFiles):
            environment.variables["JWT_ECDSA_KEY"]


@pytest.mark.parametrize(
    ("suffix", "held", "value"),
    [
        ("", OLD, OLD),
        (":jwt::", json.dumps({"jwt": OLD}), OLD),
        (":gone::", json.dumps({"jwt": OLD}), None),
        (":jwt::", "no JSON", None),
    ],
)
def test_a_secret_of_the_secrets_manager_may_be_one_of_its_members(
    tmp_path: Path, suffix: str, held: str, value: str | None
) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:sombra-AbCdEf"
    defined = containers(aws(), keys_at=f"{arn}{suffix}")
    version = change("aws_secretsmanager_secret_version", "jwt", None, {"secret_id": arn, "secret_string": held})

    environment = reading(tmp_path, plan(task(defined, defined), version)).first("after")

    assert environment is not None
    if value is None:
        with pytest.raises(NotInTheFiles):
            environment.variables["JWT_ECDSA_KEY"]
    else:
        assert environment.variables["JWT_ECDSA_KEY"] == value


def test_a_place_within_the_definitions_is_the_place_in_the_file(tmp_path: Path) -> None:
    """Escapes and characters of other scripts are counted as they are written."""
    defined = containers({"NOTE": 'é "quoted" <tag> \\ 🔑', **aws()})
    read = reading(tmp_path, plan(task(defined, defined)))

    after = read.first("after")
    assert isinstance(after, Effective)
    at = after.place("KMS_PROVIDER")
    line = Path(at.file).read_text("utf-8").split("\n")[at.line - 1]
    assert line[at.column - 1 :].startswith('\\"AWS\\"')


def test_no_sensitive_value_is_told_in_any_format(tmp_path: Path) -> None:
    planted = "PLANTED" * 30
    defined = containers(aws(SECRET=planted))
    changes = (key(after=None), task(defined, defined), parameter(planted, f"{planted},x"))
    secretive = plan(*changes, variables={"jwt": {"value": planted}})

    made = report(tmp_path, secretive)

    assert errors(made)
    assert "PLANTED" not in repr(made)


@pytest.mark.parametrize(
    ("stated", "overlaps"),
    [
        ({}, True),
        ({"deployment_minimum_healthy_percent": 0, "deployment_maximum_percent": 200}, True),
        ({"deployment_minimum_healthy_percent": 0, "deployment_maximum_percent": 100}, False),
        ({"deployment_minimum_healthy_percent": None, "deployment_maximum_percent": None}, True),
        ({"desired_count": 0}, False),
        (
            {
                "deployment_minimum_healthy_percent": 0,
                "deployment_maximum_percent": 100,
                "deployment_controller": [{"type": "CODE_DEPLOY"}],
            },
            True,
        ),
    ],
)
def test_a_service_rolls_unless_it_is_told_to_stop_first(
    tmp_path: Path, stated: dict[str, object], *, overlaps: bool
) -> None:
    defined = containers(aws())

    made = report(tmp_path, plan(task(defined, defined), service(**stated)))

    assert ("rolling-update" in told(made)) is overlaps


@pytest.mark.parametrize(("target", "is_scaled"), [("service/cluster/sombra", True), ("service/cluster/other", False)])
def test_a_scalable_target_counts_for_its_own_service(tmp_path: Path, target: str, *, is_scaled: bool) -> None:
    defined = containers(aws())
    scaled = {"service_namespace": "ecs", "resource_id": target}
    scaler = change("aws_appautoscaling_target", "target", scaled, scaled)

    made = report(tmp_path, plan(task(defined, defined), service(), scaler))

    assert ("autoscaled" in told(made)) is is_scaled


def test_a_moving_tag_of_the_modules_image_is_told(tmp_path: Path) -> None:
    floating = containers(aws(), image="829095311197.dkr.ecr.eu-west-1.amazonaws.com/sombra:prod")

    assert "image-floating" in told(report(tmp_path, plan(task(floating, floating))))


def test_a_plan_of_keys_alone_needs_no_gateway(tmp_path: Path) -> None:
    assert report(tmp_path, plan(key())).exit_code == 0


@pytest.mark.parametrize("changes", [(), (change("aws_s3_bucket", "b", None, {}),)])
def test_a_plan_without_anything_of_sombra_is_no_pass(tmp_path: Path, changes: tuple[dict[str, object], ...]) -> None:
    made = report(tmp_path, plan(*changes))

    assert [each.rule for each in made.examined.unevaluated] == ["no-gateway"]
    assert made.exit_code == 3


def test_an_env_file_that_says_otherwise_is_told(tmp_path: Path) -> None:
    after = tmp_path / "after.env"
    after.write_text("KMS_PROVIDER=AWS\nAWS_REGION=us-east-1\n", "utf-8")
    path = written(tmp_path, plan(task(containers(local()), containers(local()))))

    made = diagnose(Inputs(after=str(after), documents={"tfplan": (path,)}))

    assert "provider-not-the-files" in errors(made)


def test_several_plans_are_examined_each(tmp_path: Path) -> None:
    made = report(tmp_path, plan(key(after=None)), plan(key(after={**KEY, "is_enabled": False})), "no JSON")

    assert {"kms-key-destroyed", "kms-key-disabled", "file-unusable"} <= told(made)
    assert made.exit_code == 2
