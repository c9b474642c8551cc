"""What is no plan, or none that can be read: a clear fault or an open question, in bounded time, never a traceback."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from harness.cli import main
from tests.unit.harness.doctor.terraform.planned import KEY, containers, key, local, plan, report, task, told

_DEEP = 100_000


def _fault(folder: Path, document: object) -> tuple[str, int]:
    made = report(folder, document)
    assert made.exit_code == 2
    (fault,) = made.unusable
    assert fault.next
    return fault.message, fault.line


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("Terraform will perform the following actions:\n", "not the JSON of a Terraform plan"),
        ("[]", "not the JSON of a Terraform plan"),
        ("{}", "not the JSON of a Terraform plan"),
        ('{"format_version": "1.0", "values": {"root_module": {}}}', "a Terraform state"),
        ('{"format_version": "1.2", "resource_changes": [', "not JSON"),
        ('{"format_version": "1.2"} {"@level": "info"}', "more than one JSON document"),
        ('{"format_version": "1.2", "format_version": "1.2", "resource_changes": []}', "twice"),
        ('{"format_version": "1.2", "resource_changes": [{"type": "aws_kms_key", "type": "x"}]}', "twice"),
        ('{"format_version": "1.2", "resource_changes": [NaN]}', "NaN"),
        ('{"format_version": "1.2", "planned_values": {"a": [1, Infinity]}}', "Infinity"),
        ('{"format_version": "1.2", "resource_changes": [' + "9" * 5_000 + "]}", "not JSON"),
        ('{"format_version": "1.2", "resource_changes": ' + "[" * _DEEP + "]" * _DEEP + "}", "nested"),
        ('{"format_version": "1.2", "planned_values": ' + '{"a":' * _DEEP + "1" + "}" * _DEEP + "}", "nested"),
        ('{"format_version": "1.2", "resource_changes": [1,]}', "not JSON"),
        ('{"format_version" "1.2"}', "not JSON"),
        ('{1: "1.2"}', "not JSON"),
    ],
)
def test_what_is_no_plan_is_a_fault_with_its_next_action(tmp_path: Path, content: str, why: str) -> None:
    message, line = _fault(tmp_path, content)

    assert why in message
    assert line == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK\x03\x04\x00\x00plan", "binary"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b'{"format_version": "\xff"}', "UTF-8"),
    ],
)
def test_other_bytes_than_text_are_a_fault(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)

    assert main(["doctor", "--tfplan", str(path)]) == 2
    assert why


def test_a_fault_is_placed_where_it_is(tmp_path: Path) -> None:
    broken = '{\n "format_version": "1.2",\n "resource_changes": [\n  {"a": }\n ]\n}'
    twice = '{"format_version": "1.2",\n "resource_changes": [{"a": 1,\n "b": {"c": 1,\n "c": 2}}]}'

    assert _fault(tmp_path, broken) == ("not JSON", 4)
    assert _fault(tmp_path, twice) == ("a name that stands here twice", 4)


def test_definitions_that_are_no_json_are_a_fault_in_their_place(tmp_path: Path) -> None:
    message, line = _fault(tmp_path, plan(task(containers(local()), "[{]")))

    assert message == "not JSON"
    assert line > 1


@pytest.mark.parametrize("version", ["2.0", "10", "", "one", "-1.0"])
def test_an_unknown_format_is_not_evaluated(tmp_path: Path, version: str) -> None:
    made = report(tmp_path, {**plan(key(after=None)), "format_version": version})

    assert made.exit_code == 3
    assert [each.rule for each in made.examined.unevaluated] == ["plan-version"]
    assert not made.findings


@pytest.mark.parametrize("version", ["0.1", "0.2", "1.0", "1.2", "1.99"])
def test_every_format_that_is_known_is_evaluated(tmp_path: Path, version: str) -> None:
    made = report(tmp_path, {**plan(key(after=None)), "format_version": version})

    assert told(made) == {"kms-key-destroyed"}


def test_a_plan_that_does_not_say_its_format_is_examined_and_stays_open(tmp_path: Path) -> None:
    unsaid = plan(key(after={**KEY, "deletion_window_in_days": 7}))
    del unsaid["format_version"]

    made = report(tmp_path, unsaid)

    assert told(made) == {"deletion-window-short"}
    assert made.exit_code == 3


@pytest.mark.parametrize("part", [{"errored": True}, {"complete": False}])
def test_a_part_of_a_plan_is_no_pass(tmp_path: Path, part: dict[str, bool]) -> None:
    made = report(tmp_path, plan(key(), **part))

    assert [each.rule for each in made.examined.unevaluated] == ["plan-incomplete"]


_ODD: tuple[object, ...] = (None, True, 7, "text", [], [None], {}, {"a": {"b": [1]}})


@pytest.mark.gate
@pytest.mark.parametrize("odd", _ODD)
@pytest.mark.parametrize(
    "road",
    [
        ("resource_changes",),
        ("resource_changes", 0),
        ("resource_changes", 0, "change"),
        ("resource_changes", 0, "change", "actions"),
        ("resource_changes", 0, "change", "before"),
        ("resource_changes", 0, "change", "after"),
        ("resource_changes", 0, "change", "after_unknown"),
        ("resource_changes", 0, "address"),
        ("resource_changes", 0, "module_address"),
        ("resource_changes", 1, "change", "after", "container_definitions"),
        ("resource_changes", 1, "change", "after", "task_role_arn"),
        ("configuration",),
        ("configuration", "root_module"),
        ("configuration", "root_module", "module_calls"),
        ("configuration", "root_module", "module_calls", "sombra"),
        ("configuration", "root_module", "module_calls", "sombra", "expressions"),
        ("configuration", "root_module", "module_calls", "sombra", "module"),
        ("variables",),
        ("resource_drift",),
        ("format_version",),
    ],
    ids=lambda road: ".".join(map(str, road)) if isinstance(road, tuple) else repr(road),
)
def test_values_of_the_wrong_shape_end_in_an_exit_code(
    tmp_path: Path, road: tuple[str | int, ...], odd: object
) -> None:
    call = {"expressions": {}, "module": {"variables": {"use_local_kms": {"default": True}}}}
    whole = plan(key(), task(containers(local()), containers(local())), variables={}, resource_drift=[])
    whole["configuration"] = {"root_module": {"module_calls": {"sombra": call}}}
    here = whole
    for step in road[:-1]:
        here = here[step]  # type: ignore[index]
    here[road[-1]] = odd  # type: ignore[index]

    assert report(tmp_path, json.loads(json.dumps(whole))).exit_code in {0, 1, 2, 3}


@pytest.mark.gate
def test_a_large_plan_is_read_in_bounded_time(tmp_path: Path) -> None:
    """Some ten thousand resources of others cost seconds at most, wherever Sombra's stands among them."""
    other = {
        "address": "a",
        "type": "aws_s3_bucket",
        "name": "b",
        "change": {"actions": ["no-op"], "before": {"tags": {}}},
    }
    large = plan(*[other] * 10_000, key(after=None), planned_values={"root_module": {"resources": [other] * 10_000}})

    began = time.process_time()
    made = report(tmp_path, json.dumps(large))

    assert told(made) == {"kms-key-destroyed"}
    assert time.process_time() - began < 5
