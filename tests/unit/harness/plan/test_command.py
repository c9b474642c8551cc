"""What `plan` prints for given files, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.cli import main
from harness.plan.document import RENDERERS
from tests.conformance.startup_rows import aws
from tests.unit.harness.plan.migration import good

Captured: TypeAlias = pytest.CaptureFixture[str]


def run(folder: Path, *flags: str, after: dict[str, str] | None = None) -> int:
    files = good(folder, None if after is None else {"after": after})
    return main(["plan", "--before", str(files.before), "--after", str(files.after), *flags])


def test_the_text_holds_every_part_in_the_order_of_need(tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path) == 0

    told = capsys.readouterr().out
    parts = ["WHAT CHANGES", "WHAT CAN BE OPENED", "POINTS OF NO RETURN", "BEFORE THE WINDOW", "IN THE WINDOW"]
    places = [told.index(part) for part in [*parts, "AFTER THE WINDOW"]]
    assert places == sorted(places)


def test_counts_of_an_inventory_are_printed(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "inventory.json").write_text('{"file": 120}', "utf-8")

    assert run(tmp_path, "--inventory", str(tmp_path / "inventory.json")) == 0

    told = capsys.readouterr().out
    assert "0 of 120: wrong_provider" in told
    assert "120 of 120" in told


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "not JSON"),
        ("[]", "no JSON object"),
        ('{"files": 1}', "unknown class"),
        ('{"file": -1}', "no whole number"),
        ('{"file": true}', "no whole number"),
        ('{"file": "many"}', "no whole number"),
        ('{"file": 1.5}', "no whole number"),
        ('{"file": 1, "file": 2}', "stands here twice"),
        ("", "not JSON"),
    ],
)
def test_an_unusable_inventory_is_a_usage_error_with_its_shape(
    tmp_path: Path, capsys: Captured, text: str, what: str
) -> None:
    (tmp_path / "inventory.json").write_text(text, "utf-8")

    assert run(tmp_path, "--inventory", str(tmp_path / "inventory.json")) == 2

    told = capsys.readouterr()
    assert what in told.err
    assert not told.out


def test_a_plan_for_files_with_errors_says_so_first_and_is_no_go(tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path, after=aws(AWS_REGION="eu-west-1")) == 1

    assert capsys.readouterr().out.splitlines()[1].startswith("Do not begin with these files")


def test_a_file_that_cannot_be_used_is_told_without_a_plan(tmp_path: Path, capsys: Captured) -> None:
    files = good(tmp_path)

    assert main(["plan", "--before", str(files.before), "--after", str(tmp_path / "absent.env")]) == 2

    told = capsys.readouterr().out
    assert "file-unreadable" in told
    assert "IN THE WINDOW" not in told


def test_one_environment_is_no_cutover(tmp_path: Path, capsys: Captured) -> None:
    assert main(["plan", "--after", str(good(tmp_path).after)]) == 2
    assert "name --before and --after" in capsys.readouterr().err


def test_no_file_at_all_is_a_usage_error(capsys: Captured) -> None:
    assert main(["plan"]) == 2
    assert "plan was given no file" in capsys.readouterr().err


def test_json_holds_every_step_with_its_commands(tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path, "--format", "json", "--deployment", "ecs") == 0

    document = json.loads(capsys.readouterr().out)
    assert document["deployment"] == "ecs"
    assert {"difference", "survival", "points_of_no_return", "steps"} <= set(document)
    assert next(step["commands"] for step in document["steps"] if step["id"] == "stop")


@pytest.mark.parametrize("form", RENDERERS)
def test_a_hostile_value_cannot_steer_the_terminal_or_the_page(tmp_path: Path, capsys: Captured, form: str) -> None:
    run(tmp_path, "--format", form, after=aws(SOMBRA_ID="<script>\x1b[2J|", **{"X\x1b[2JY": "1"}))

    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "<script>" not in told
