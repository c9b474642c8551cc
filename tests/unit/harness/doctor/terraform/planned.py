"""Plans as `terraform show -json` prints them, made from few words; the tests of this folder share it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.doctor.command import Report, diagnose
from harness.doctor.documents import READERS
from harness.doctor.inputs import Inputs, Reading, read_all
from tests.conformance.startup_rows import ARN, HASH

Json = dict[str, Any]

ROLE = "arn:aws:iam::111122223333:role/sombra"
PARAMETER = "arn:aws:ssm:us-east-1:111122223333:parameter/sombra-JWT_ECDSA_KEY"
KEY: Json = {
    "arn": ARN,
    "customer_master_key_spec": "SYMMETRIC_DEFAULT",
    "deletion_window_in_days": None,
    "is_enabled": True,
    "key_usage": "ENCRYPT_DECRYPT",
}


def change(
    kind: str,
    name: str,
    before: Json | None,
    after: Json | None,
    *,
    actions: Sequence[str] = (),
    unknown: Json | None = None,
    module: str = "module.sombra",
) -> Json:
    """One entry of `resource_changes`; the actions follow from the two states unless they are given."""
    stays = "no-op" if before == after else "update"
    follows = "create" if before is None else "delete" if after is None else stays
    return {
        "address": f"{module}.{kind}.{name}",
        "module_address": module,
        "mode": "managed",
        "type": kind,
        "name": name.partition("[")[0],
        "change": {
            "actions": list(actions) or [follows],
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
            "after_sensitive": {"value": True},
        },
    }


def key(before: Json | None = KEY, after: Json | None = KEY, **more: Any) -> Json:
    """The KMS key."""
    return change("aws_kms_key", "key[0]", before, after, **more)


def containers(variables: Mapping[str, str], *, keys_at: str | None = PARAMETER, image: str = "sombra:v7.1") -> str:
    """`container_definitions`: a string in which JSON stands."""
    secrets = [{"name": "JWT_ECDSA_KEY", "valueFrom": keys_at}] if keys_at is not None else []
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    container = {"name": "prod-container", "image": image, "environment": environment, "secrets": secrets}
    return json.dumps([{"name": "agent", "image": "agent:1"}, container], separators=(",", ":"))


def local(**more: str) -> dict[str, str]:
    """What the module sets in local mode."""
    return {"AWS_KMS_KEY_ARN": "", "KMS_PROVIDER": "local", "AWS_REGION": "us-east-1", "ORGANIZATION_URI": "acme",
            "INTERNAL_KEY_HASH": HASH, **more}  # fmt: skip


def aws(**more: str) -> dict[str, str]:
    """What the module sets for AWS KMS."""
    return {
        **local(),
        "AWS_KMS_KEY_ARN": ARN,
        "KMS_PROVIDER": "AWS",
        "AWS_KMS_THROW_PERMISSIONS_ERRORS": "true",
        **more,
    }


def task(before: str | None, after: str | None, **more: Any) -> Json:
    """The task definition; `after` None is one that is known only after the apply."""
    base = {"family": "sombra", "task_role_arn": ROLE}
    states = [None if before is None else {**base, "container_definitions": before}]
    states.append(base if after is None else {**base, "container_definitions": after})
    unknown = {"container_definitions": True} if after is None else None
    return change("aws_ecs_task_definition", "task", states[0], states[1], unknown=unknown, **more)


def service(**more: Any) -> Json:
    """The service, as the module makes it."""
    made = {
        "name": "sombra",
        "task_definition": "arn:aws:ecs:us-east-1:111122223333:task-definition/sombra:1",
        "deployment_maximum_percent": 200,
        "deployment_minimum_healthy_percent": 100,
        "desired_count": 1,
        **more,
    }
    return change("aws_ecs_service", "service", made, made)


def parameter(before: str | None, after: str | None) -> Json:
    """The parameter that holds the key list."""

    def held(value: str | None) -> Json | None:
        return None if value is None else {"arn": PARAMETER, "name": "sombra-JWT_ECDSA_KEY", "value": value}

    return change("aws_ssm_parameter", 'params["JWT_ECDSA_KEY"]', held(before), held(after))


def plan(*changes: Json, **more: Any) -> Json:
    """A whole plan."""
    return {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": list(changes), **more}


def written(folder: Path, document: object, *, name: str = "plan.json", indent: int | None = 1) -> str:
    """The document as a file."""
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=indent), "utf-8")
    return str(path)


def report(folder: Path, *documents: object, **flags: tuple[str, ...]) -> Report:
    """What the doctor says of plans, and of other files beside them."""
    paths = tuple(written(folder, each, name=f"{number}.json") for number, each in enumerate(documents))
    return diagnose(Inputs(documents={"tfplan": paths, **flags}))


def reading(folder: Path, *documents: object) -> Reading:
    """What is read of them."""
    paths = tuple(written(folder, each, name=f"{number}.json") for number, each in enumerate(documents))
    return read_all(Inputs(documents={"tfplan": paths}), READERS)


def told(made: Report) -> set[str]:
    """The ids of all findings."""
    return {finding.id for finding in made.findings}


def errors(made: Report) -> set[str]:
    """The ids of the errors."""
    return {finding.id for finding in made.findings if finding.level == "error"}
