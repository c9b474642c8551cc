"""Every option the plan gives a tool is one the tool has: by a list, and by the tool itself where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.plan.plan import Plan
from harness.plan.platforms import PLATFORMS
from tests.unit.harness.plan.test_commands import made

_VERB = re.compile(
    r"(?<![.a-z])(?P<tool>kubectl|helm|aws|docker compose|docker|transcend|caddy|terraform)(?= )"
    r"(?P<rest>(?:[^|;&>\n\\$()]|\\\n|\$(?!\())*)"
)
_WORD = re.compile(r"[a-z][a-z-]+")

OPTIONS: dict[str, str] = {
    "aws application-autoscaling register-scalable-target": "service-namespace resource-id scalable-dimension"
    " suspended-state",
    "aws ecs describe-services": "cluster services query output",
    "aws ecs describe-task-definition": "task-definition",
    "aws ecs list-tasks": "cluster service-name query output",
    "aws ecs register-task-definition": "cli-input-json query output",
    "aws ecs update-service": "cluster service task-definition desired-count force-new-deployment",
    "aws ecs wait services-stable": "cluster services",
    "aws ecs wait tasks-stopped": "cluster tasks",
    "aws logs tail": "since",
    "aws ssm get-parameter": "name with-decryption",
    "aws ssm put-parameter": "name type overwrite value",
    "caddy run": "config adapter",
    "docker compose config": "",
    "docker compose logs": "since",
    "docker compose ps": "quiet status",
    "docker compose restart": "",
    "docker compose start": "",
    "docker compose stop": "timeout",
    "docker compose up": "detach no-deps force-recreate pull",
    "docker inspect": "format",
    "docker logs": "since",
    "docker ps": "quiet filter",
    "docker rename": "",
    "docker restart": "",
    "docker rm": "",
    "docker run": "detach name env-file publish restart",
    "docker start": "",
    "docker stop": "time",
    "docker update": "restart",
    "helm get values": "namespace output",
    "helm list": "namespace filter output",
    "helm template": "version namespace values",
    "helm upgrade": "version namespace values wait timeout",
    "kubectl apply": "filename",
    "kubectl create secret generic": "from-env-file dry-run output",
    "kubectl get": "output all-namespaces ignore-not-found selector",
    "kubectl logs": "since",
    "kubectl port-forward": "",
    "kubectl replace": "filename",
    "kubectl rollout restart": "",
    "kubectl rollout status": "timeout",
    "kubectl scale": "replicas",
    "kubectl set env": "list",
    "kubectl wait": "selector for timeout",
    "terraform apply": "",
    "terraform import": "",
    "terraform plan": "",
    "terraform show": "",
    "terraform state pull": "",
    "terraform state rm": "",
    "transcend request cancel": "auth actions statuses",
    "transcend request download-files": "auth statuses folderPath",
    "transcend request export": "auth sombraAuth skipRequestIdentifiers statuses file",
    "transcend request restart": "auth sombraAuth actions statuses requestReceiptFolder",
}
"""By the tools' own references; `transcend` by clients.md, section 1."""
_OF_EVERY_VERB = {"kubectl": {"namespace"}, "docker compose": {"file"}}


def used(plan: Plan) -> Iterator[tuple[str, set[str]]]:
    """Each call of a tool: its longest known verb, and its long options."""
    texts = [each for step in plan.steps for each in (*step.commands, *(step.back.commands if step.back else ()))]
    texts += [each for step in plan.steps for trap in step.traps for each in trap.instead]
    for found in _VERB.finditer("\n".join(texts)):
        rest = re.sub(r"\"[^\"]*\"|'[^']*'", "QUOTED", found["rest"])
        rest = re.sub(r"^((?: --(?:namespace|file) \S+)+)", "", rest)
        words = [word for word in rest.split() if not word.startswith("-")]
        verbs = [
            verb
            for verb in OPTIONS
            if verb.startswith(f"{found['tool']} ")
            and words[: len(verb.removeprefix(found["tool"]).split())] == verb.removeprefix(found["tool"]).split()
        ]
        if not words or not _WORD.fullmatch(words[0]):
            continue
        verb = max(verbs, key=len, default=f"{found['tool']} {words[0]} (unknown)")
        yield verb, set(re.findall(r"(?<= )--([a-zA-Z-]+)", f" {rest}"))


def plans(folder: Path) -> Iterator[Plan]:
    choices: tuple[dict[str, tuple[str, ...]], ...]
    choices = ({}, {"values": ("v.yaml",)}, {"manifests": ("m.yaml",)}, {"ecs": ("t.json",)})
    for platform in PLATFORMS:
        for documents in choices:
            yield made(folder, platform, documents)


def test_every_option_is_known(tmp_path: Path) -> None:
    calls = {(verb, tuple(sorted(options))) for plan in plans(tmp_path) for verb, options in used(plan)}

    assert len({verb for verb, _ in calls}) > 30
    for verb, options in calls:
        tool = next(each for each in ("docker compose", *verb.split()) if verb.startswith(each))
        known = {*OPTIONS.get(verb, "").split(), *_OF_EVERY_VERB.get(tool, set())}
        assert verb in OPTIONS, verb
        assert set(options) <= known, (verb, set(options) - known)


def test_a_made_up_option_would_be_found(tmp_path: Path) -> None:
    """The finder itself bites."""
    found = dict(used_in('kubectl --namespace "$N" scale deployment "$D" --replicas=0 --gently'))

    assert found == {"kubectl scale": {"replicas", "gently"}}


def used_in(command: str) -> Iterator[tuple[str, set[str]]]:
    """The same for one command."""

    class One:
        commands, back, traps = (command,), None, ()

    class Only:
        steps = (One,)

    return used(Only)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", [verb for verb in OPTIONS if verb.startswith("kubectl ")])
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl_has_what_the_list_says(verb: str) -> None:
    told = subprocess.run([*verb.split(), "--help"], capture_output=True, text=True, check=False).stdout

    assert [option for option in OPTIONS[verb].split() if f"--{option}" not in told] == []


@pytest.mark.parametrize("verb", [verb for verb in OPTIONS if re.match("docker (?!compose)", verb)])
@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_docker_has_what_the_list_says(verb: str) -> None:
    told = subprocess.run([*verb.split(), "--help"], capture_output=True, text=True, check=False).stdout

    # `docker stop --time` was renamed; the old name is still taken, and older clients know no other.
    known = told + "--time" * (verb == "docker stop")
    assert [option for option in OPTIONS[verb].split() if f"--{option}" not in known] == []
