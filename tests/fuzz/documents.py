"""One good document for each reader, with planted secrets where an operator's documents hold theirs."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from harness.cli import main
from harness.rehearsal.preflight import sample
from tests.conformance.startup_rows import HASH, aws, local, p384

SENTINEL = "s3nt1nelSecret9xQ"
"""Stands in every secret value that is no key; lower case and digits, so that it looks like no variable's name."""

SECRETS = (SENTINEL, b64encode(SENTINEL.encode()).decode().rstrip("="), p384("old")[60:110], p384("new")[60:110])
"""What no output may hold: the planted value, plain and as a Secret's data, and a piece of each private key."""


def _env(variables: Mapping[str, str]) -> bytes:
    return "".join(f"{name}={value}\n" for name, value in variables.items()).encode()


@cache
def before() -> bytes:
    """The environment of today."""
    return _env({**local(), "SOMBRA_REVERSE_TUNNEL_API_KEY": SENTINEL})


@cache
def after() -> bytes:
    """The environment of the cutover."""
    more = {"AWS_KMS_THROW_PERMISSIONS_ERRORS": "true", "SOMBRA_REVERSE_TUNNEL_API_KEY": SENTINEL}
    return _env({**aws(), **more, "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": SENTINEL})


def _pairs(variables: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


def _secrets() -> dict[str, str]:
    return {"JWT_ECDSA_KEY": f"{p384('new')},{p384('old')}", "INTERNAL_KEY_HASH": HASH, "SOMBRA_TLS_KEY": SENTINEL}


def _plain() -> dict[str, str]:
    return {name: value for name, value in aws().items() if name not in _secrets()}


@cache
def values() -> bytes:
    """Values of the public chart."""
    return yaml.safe_dump(
        {
            "image": {"repository": "sombra", "tag": "v7.444.2"},
            "replicaCount": 2,
            "envs": _pairs(_plain()),
            "envs_as_secret": _pairs(_secrets()),
            "envFrom": [{"secretRef": {"name": "elsewhere"}}],
            "podAnnotations": {"checksum/secret": "abc"},
            "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 5},
            "terminationGracePeriodSeconds": 120,
            "job-scheduler": {"enabled": True, "envs_as_secret": _pairs({"JWT_ECDSA_KEY": p384("new")})},
        },
        sort_keys=False,
    ).encode()


def deployment() -> dict[str, Any]:
    """A Deployment as Kubernetes takes it."""
    probe = {"httpGet": {"path": "/health", "port": 5042}}
    container = {
        "name": "sombra",
        "image": "registry.example/sombra:7.444.2",
        "envFrom": [{"secretRef": {"name": "sombra-secrets"}, "prefix": ""}, {"configMapRef": {"name": "settings"}}],
        "env": [
            *_pairs(_plain()),
            {
                "name": "JWT_ECDSA_KEY",
                "valueFrom": {"secretKeyRef": {"name": "sombra-secrets", "key": "JWT_ECDSA_KEY"}},
            },
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "EXPANDED", "value": "$(POD)-$$-$(ABSENT)"},
        ],
        "livenessProbe": probe,
        "readinessProbe": probe,
    }
    pod = {
        "metadata": {"annotations": {"checksum/opa-config": "x"}},
        "spec": {"containers": [container], "serviceAccountName": "sombra", "terminationGracePeriodSeconds": 120},
    }
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "sombra", "namespace": "transcend"},
        "spec": {"replicas": 2, "strategy": strategy, "template": pod},
    }


@cache
def manifests() -> bytes:
    """A Deployment, its Secret, a ConfigMap, an autoscaler and a service account, the last two in a List."""
    encoded = {name: b64encode(value.encode()).decode() for name, value in _secrets().items()}
    secret = {"kind": "Secret", "metadata": {"name": "sombra-secrets", "namespace": "transcend"}, "data": encoded}
    plain = {
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "transcend"},
        "data": {"LOG_LEVEL": "warn"},
    }
    scaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "sombra", "namespace": "transcend"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "sombra"}, "minReplicas": 2, "maxReplicas": 5},
    }
    account = {
        "kind": "ServiceAccount",
        "metadata": {"name": "sombra", "namespace": "transcend", "annotations": {"eks.amazonaws.com/role-arn": "x"}},
    }
    listed = {"kind": "List", "items": [scaler, account]}
    return yaml.safe_dump_all([deployment(), secret, plain, listed], sort_keys=False).encode()


@cache
def compose() -> bytes:
    """A Compose file with both forms of `environment`."""
    return yaml.safe_dump(
        {
            "services": {
                "sombra": {
                    "image": "registry.example/sombra:7.444.2",
                    "environment": {**_plain(), **_secrets(), "FROM_SHELL": None, "PORT": "${PORT:-1}", "MONEY": "$$5"},
                    "deploy": {"replicas": 2, "update_config": {"order": "start-first"}},
                    "stop_grace_period": "1m30s",
                },
                "job": {"image": "sombra-job-scheduler:1", "environment": ["ENABLE_JOB_SCHEDULER=true", "BARE"]},
            }
        },
        sort_keys=False,
    ).encode()


@cache
def ecs() -> bytes:
    """A task definition with its service."""
    container = {
        "name": "sombra",
        "image": "registry.example/sombra:prod",
        "environment": _pairs({**_plain(), "SOMBRA_TLS_KEY": SENTINEL}),
        "secrets": [{"name": "JWT_ECDSA_KEY", "valueFrom": "arn:aws:ssm:eu-west-1:111122223333:parameter/jwt"}],
        "stopTimeout": 120,
    }
    task = {"family": "sombra", "taskRoleArn": "arn:aws:iam::111122223333:role/r", "containerDefinitions": [container]}
    service = {
        "serviceName": "sombra",
        "taskDefinition": "sombra:7",
        "desiredCount": 2,
        "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200},
    }
    return json.dumps({"taskDefinition": task, "services": [service]}, indent=1).encode()


@cache
def baseline_toml() -> bytes:
    """Two acceptances, one narrowed to a fingerprint."""
    return b"""[[accepted]]
rule = "static-credentials"
file = "after.env"
reason = "the role comes next week"
expires = 2099-01-31

[[accepted]]
rule = "default-rollback"
file = "after.env"
fingerprint = "0123456789abcdef"
reason = "as the guide"
expires = "2099-01-31"
"""


@cache
def baseline_json() -> bytes:
    """The same as JSON."""
    entry = {"rule": "static-credentials", "file": "after.env", "reason": "soon", "expires": "2099-01-31"}
    return json.dumps({"accepted": [entry, {**entry, "fingerprint": "0123456789abcdef"}]}, indent=1).encode()


@cache
def inventory() -> bytes:
    """Counts by class."""
    return json.dumps({"file": 120, "request": 60, "integration": 3}).encode()


@cache
def ledger() -> bytes:
    """What a KMS is known to do otherwise."""
    return json.dumps(
        {"kms": "moto-5.2.5", "deviations": {"Encrypt: DryRun": "succeeds"}, "not_expressible": {}}
    ).encode()


@cache
def doctor_result() -> bytes:
    """What `doctor --out` stores."""
    return _said("doctor", "--before", "before.env", "--after", "after.env", "--out", "result.json")["result.json"]


@cache
def stored_run() -> Mapping[str, bytes]:
    """The two files of a small run that are read again."""
    made = _said("rehearse", "drain", "--target", "inprocess", "--requests", "16", "--quiet", "--out", "runs")
    return {Path(name).name: content for name, content in made.items() if name.endswith(("run.json", "history.jsonl"))}


def _said(*arguments: str) -> Mapping[str, bytes]:
    """The files a command leaves in a folder that holds a good migration."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("before.env").write_bytes(before())
        Path("after.env").write_bytes(after())
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main(arguments)
        return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


@cache
def tfplan() -> bytes:
    """A Terraform plan, with policies, a service, a module's call, and its parameters in plain text."""
    keys = {"before": p384("old"), "after": f"{p384('new')},{p384('old')}"}
    secretive = sample("terraform-rollback.json").replace('"none"', json.dumps(SENTINEL))
    plan: dict[str, Any] = json.loads(secretive)
    for change in plan["resource_changes"]:
        if change["type"] == "aws_ssm_parameter" and "JWT" in change["address"]:
            for state, value in keys.items():
                change["change"][state]["value"] = value
    plan["variables"]["jwt_ecdsa_key"]["value"] = keys["after"]
    return json.dumps(plan, indent=1).encode()


def _statements(*, names: bool) -> list[dict[str, Any]]:
    who = {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}} if names else {}
    use = {"Sid": "Use", "Effect": "Allow", **who, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]}
    via = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    return [
        {**use, "Resource": "*" if names else aws()["AWS_KMS_KEY_ARN"]},
        {"Effect": "Allow", **who, "Action": "kms:GenerateRandom", "Resource": "*"},
        {"Effect": "Deny", **who, "Action": "kms:Decrypt", "Resource": "*", "Condition": via},
    ]


@cache
def iam_policy() -> bytes:
    """A policy of the role."""
    return json.dumps({"Version": "2012-10-17", "Statement": _statements(names=False)}).encode()


@cache
def key_policy() -> bytes:
    """A policy of the key, as the AWS CLI prints it."""
    document = {"Version": "2012-10-17", "Id": "key", "Statement": _statements(names=True)}
    return json.dumps({"PolicyName": "default", "Policy": json.dumps(document)}).encode()
