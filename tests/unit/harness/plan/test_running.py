"""The plan's scripts do what they say, run by bash against stand-ins for the tools they call."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.plan.step import Step
from tests.unit.harness.plan.migration import good, planned
from tests.unit.harness.plan.test_commands import CALLS, made, step

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")


def run(commands: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """By bash, as an operator pastes it; the exit code is that of the last command."""
    script = "\n".join(commands)
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


def curl(folder: Path, answers: dict[str, object]) -> str:
    """A `curl` that answers by the end of the address, and refuses what it does not know."""
    for number, body in enumerate(answers.values()):
        text = body if isinstance(body, str) else json.dumps(body)
        (folder / f"answer-{number}").write_text(text, "utf-8")
    cases = "\n".join(f'    *"{end}") from=answer-{number} ;;' for number, end in enumerate(answers))
    return f"""curl() {{
  local to=/dev/stdout from= key=
  while [ $# -gt 1 ]; do
    case "$1" in --output) to=$2; shift ;; --data-urlencode) key="?$2"; shift ;; esac
    shift
  done
  case "$1$key" in
{cases}
    *) echo "curl: (22) $1$key" >&2; return 22 ;;
  esac
  cat "$from" > "$to"
}}"""


def page(*keys: str, total: int, more: bool = False) -> dict[str, object]:
    """One page of download keys."""
    nodes = [{"downloadKey": key} for key in keys]
    return {"nodes": nodes, "totalCount": total, "_links": {"next": "somewhere" if more else None}}


def archive(folder: Path, answers: dict[str, object], *ids: str) -> subprocess.CompletedProcess[str]:
    (folder / "request-ids.txt").write_text("".join(f"{each}\n" for each in ids), "utf-8")
    return run([curl(folder, answers), *CALLS, *step(made(folder, "docker", {}), "archive").commands], folder)


def keys_of(request: str, offset: int = 0) -> str:
    return f"/v1/data-subject-request/{request}/download-keys?limit=100&offset={offset}"


def files(folder: Path) -> dict[str, str]:
    found = (folder / "archive").rglob("file-*")
    return {str(each.relative_to(folder / "archive")): each.read_text("utf-8") for each in found}


def test_the_archive_holds_every_file_of_every_page(tmp_path: Path) -> None:
    first = [f"key-{number}" for number in range(100)]
    answers: dict[str, object] = {
        keys_of("one"): page(*first, total=101, more=True),
        keys_of("one", 100): page("last", total=101),
        keys_of("two"): page("a+b/c=", total=1),
        keys_of("none"): page(total=0),
        **{f"downloadKey={key}": f"content of {key}" for key in (*first, "last", "a+b/c=")},
    }

    ended = archive(tmp_path, answers, "one", "two", "none")

    assert ended.returncode == 0, ended.stderr
    told = files(tmp_path)
    assert len(told) == 102
    assert told["one/file-100"] == "content of last"
    assert told["two/file-0"] == "content of a+b/c="


def test_a_refused_file_leaves_the_archive_incomplete_and_says_so(tmp_path: Path) -> None:
    answers: dict[str, object] = {
        keys_of("one"): page("good", "refused", total=2),
        keys_of("two"): page("never", total=1),
        "downloadKey=good": "content",
    }

    ended = archive(tmp_path, answers, "one", "two")

    assert ended.returncode != 0
    assert "refused" in ended.stderr
    assert list(files(tmp_path)) == ["one/file-0"]


def test_a_listing_that_hides_a_file_leaves_the_archive_incomplete(tmp_path: Path) -> None:
    answers: dict[str, object] = {keys_of("one"): page("shown", total=2), "downloadKey=shown": "content"}

    assert archive(tmp_path, answers, "one").returncode != 0


def _export(folder: Path, name: str, *ids: str) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        told = csv.DictWriter(stream, ["Request ID", "Details"])
        told.writeheader()
        told.writerows({"Request ID": each, "Details": 'two\nlines, and "quotes"'} for each in ids)


@pytest.mark.parametrize(
    ("through_sombra", "by_the_backend", "is_whole"),
    [(("a", "b"), ("b", "a"), True), (("a",), ("a", "b"), False), ((), ("a",), False), ((), (), False)],
)
def test_a_lost_page_of_the_export_is_found(
    tmp_path: Path, through_sombra: tuple[str, ...], by_the_backend: tuple[str, ...], *, is_whole: bool
) -> None:
    _export(tmp_path, "requests.csv", *through_sombra)
    _export(tmp_path, "all.csv", *by_the_backend)
    transcend = "transcend() { return 0; }"  # it exits 0 whatever happens

    ended = run(["set -e", transcend, *step(made(tmp_path, "docker", {}), "list").commands], tmp_path)

    assert (ended.returncode == 0) == is_whole


def _configure(folder: Path, *, documents: dict[str, tuple[str, ...]]) -> Step:
    return step(made(folder, "ecs", documents), "configure")


_AWS = 'aws() { case "$*" in *register-task-definition*) echo arn:of:it ;; esac; }'
_X = {"name": "X", "value": "1"}
_TODAY = {
    "taskDefinition": {
        "taskDefinitionArn": "arn", "revision": 7, "status": "ACTIVE", "registeredAt": 1, "requiresAttributes": [],
        "family": "sombra",
        "containerDefinitions": [
            {"name": "sombra", "environment": [{"name": "KMS_PROVIDER", "value": "local"}, _X]},
            {"name": "side-car", "environment": [{"name": "KMS_PROVIDER", "value": "untouched"}]},
        ],
    }
}  # fmt: skip


def test_the_task_definition_of_the_cutover_is_that_of_today_with_the_clouds_variables(tmp_path: Path) -> None:
    (tmp_path / "task-definition.saved.json").write_text(json.dumps(_TODAY), "utf-8")

    ended = run(["set -e", "export CONTAINER=sombra", _AWS, *_configure(tmp_path, documents={}).commands], tmp_path)

    assert ended.returncode == 0, ended.stderr
    made_of_it = json.loads((tmp_path / "task-definition.after.json").read_text("utf-8"))
    assert set(made_of_it) == {"family", "containerDefinitions"}
    sombra, side_car = made_of_it["containerDefinitions"]
    told = {each["name"]: each["value"] for each in sombra["environment"]}
    assert told["KMS_PROVIDER"] == "AWS"
    assert told["X"] == "1"
    assert told["AWS_KMS_KEY_ARN"].startswith("arn:aws:kms:")
    assert side_car["environment"][0]["value"] == "untouched"
    assert list(tmp_path.glob("key-parameter*")) == []


def test_the_task_definition_of_the_way_back_differs_in_the_provider_alone(tmp_path: Path) -> None:
    (tmp_path / "task-definition.saved.json").write_text(json.dumps(_TODAY), "utf-8")
    configure = _configure(tmp_path, documents={})
    assert configure.back is not None

    ended = run(["set -e", "export CONTAINER=sombra", _AWS, *configure.commands, *configure.back.commands], tmp_path)
    assert ended.returncode == 0, ended.stderr
    after, back = ((tmp_path / f"task-definition.{name}.json").read_text("utf-8") for name in ("after", "rollback"))
    assert json.loads(back) == json.loads(after.replace('"AWS"', '"local"'))


def test_a_task_definition_that_never_named_aws_is_no_way_back(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text('{"family": "f", "containerDefinitions": [{"environment": []}]}', "utf-8")
    configure = _configure(tmp_path, documents={"ecs": ("task.json",)})
    assert configure.back is not None

    ended = run(["set -e", _AWS, *configure.commands, *configure.back.commands], tmp_path)

    assert ended.returncode != 0


def test_the_operators_own_task_definition_is_made_fit_to_be_registered(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(json.dumps(_TODAY), "utf-8")

    ended = run(["set -e", _AWS, *_configure(tmp_path, documents={"ecs": ("task.json",)}).commands], tmp_path)

    assert ended.returncode == 0, ended.stderr
    told = json.loads((tmp_path / "task-definition.after.json").read_text("utf-8"))
    assert set(told) == {"family", "containerDefinitions"}


@pytest.mark.parametrize(
    ("actions", "is_safe"), [(["no-op"], True), (["delete"], False), (["delete", "create"], False)]
)
def test_a_terraform_plan_that_deletes_the_key_stops_the_operator(
    tmp_path: Path, actions: list[str], *, is_safe: bool
) -> None:
    keep = step(planned(good(tmp_path)), "keep")
    (guard,) = [trap.instead for trap in keep.traps if trap.claim == "D-08"]
    changes = [
        {"type": "aws_kms_key", "change": {"actions": actions}},
        {"type": "other", "change": {"actions": ["delete"]}},
    ]
    (tmp_path / "shown").write_text(json.dumps({"resource_changes": changes}), "utf-8")
    terraform = "terraform() { case $1 in show) cat shown ;; esac; }"

    assert (run(["set -e", terraform, *guard], tmp_path).returncode == 0) == is_safe


def test_values_in_another_form_than_the_chart_shows_stop_the_way_back(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text("envs: [{value: AWS, name: KMS_PROVIDER}]\n", "utf-8")
    back = step(made(tmp_path, "kubernetes", {"values": ("ours.yaml",)}), "configure").back
    assert back is not None

    assert run(["set -e", *back.commands], tmp_path).returncode != 0
