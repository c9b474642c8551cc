"""What the doctor's flags choose, accept and store, through the command line."""

from __future__ import annotations

import json
from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pytest

from harness import cli
from harness.commands import doctor
from harness.doctor.selection import NothingLeft, Selection, UnknownRule
from tests.conformance.startup_rows import aws, local, p384

Captured: TypeAlias = pytest.CaptureFixture[str]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cutover with one error and one warning, in the folder of the call."""
    monkeypatch.chdir(tmp_path)
    for name, variables in {"before.env": local(), "after.env": aws(AWS_REGION="eu-west-1")}.items():
        Path(name).write_text("".join(f"{key}={value}\n" for key, value in variables.items()), "utf-8")
    return tmp_path


def arguments(*flags: str) -> list[str]:
    return ["doctor", "--before", "before.env", "--after", "after.env", *flags]


def parsed(*flags: str) -> Namespace:
    return cli.parser().parse_args(arguments(*flags))


def ids(captured: Captured) -> set[str]:
    return {each["id"] for each in json.loads(captured.readouterr().out)["findings"]}


def test_only_applies_the_named_rules_alone(files: Path, capsys: Captured) -> None:
    assert cli.main(arguments("--only", "region-mismatch,port-form", "--format", "json")) == 1
    assert ids(capsys) == {"region-mismatch"}


def test_skip_leaves_the_named_rules_out_and_their_errors_with_them(files: Path, capsys: Captured) -> None:
    assert cli.main(arguments("--skip", "region-mismatch", "--format", "json")) == 0
    told = ids(capsys)
    assert "region-mismatch" not in told
    assert "permission-errors-hidden" in told


def test_no_flag_can_hide_a_file_that_cannot_be_used(files: Path, capsys: Captured) -> None:
    Path("after.env").unlink()

    assert cli.main(arguments("--only", "port-form", "--format", "json")) == 2
    assert ids(capsys) == {"file-unreadable"}


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--only", "region-mismach"), "did you mean region-mismatch"),
        (("--skip", "no such thing at all"), "docs/doctor.md lists them"),
        (("--skip", "file-syntax"), "cannot be chosen or skipped"),
        (("--only", "port-form", "--skip", "port-form"), "leave no rule"),
    ],
)
def test_a_bad_choice_is_a_usage_error_with_its_next_action(
    files: Path, capsys: Captured, flags: tuple[str, ...], told: str
) -> None:
    assert cli.main(arguments(*flags)) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("chosen", ["old-key-dropped", "rolling-update"])
def test_rules_that_these_files_cannot_answer_are_no_pass(files: Path, capsys: Captured, chosen: str) -> None:
    assert cli.main(["doctor", "--after", "after.env", "--only", chosen]) == 2
    assert "no chosen rule can be applied" in capsys.readouterr().err


def test_a_rule_about_the_cutover_applies_to_its_two_environments(files: Path, capsys: Captured) -> None:
    assert cli.main(arguments("--only", "old-key-dropped")) == 0


def test_a_selection_of_nothing_is_everything() -> None:
    assert "port-form" in Selection.of([], [])
    assert "port-form" not in Selection.of([], ["port-form"])
    with pytest.raises(UnknownRule):
        Selection.of(["nope"], [])
    with pytest.raises(NothingLeft):
        Selection.of(["port-form"], ["port-form"])


@pytest.mark.parametrize(("today", "code"), [(date(2026, 11, 24), 0), (date(2026, 11, 25), 1)])
def test_an_acceptance_holds_until_its_day(files: Path, capsys: Captured, today: date, code: int) -> None:
    fields = 'rule = "region-mismatch"\nfile = "after.env"\nreason = "one"\nexpires = 2026-11-24\n'
    Path("accepted.toml").write_text(f"[[accepted]]\n{fields}", "utf-8")

    assert doctor.run(parsed("--baseline", "accepted.toml"), today=today) == code

    told = capsys.readouterr().out
    assert ("accepted after.env:6:1  region-mismatch" in told) is (code == 0)
    assert ("baseline-expired" in told) is (code == 1)


def test_an_unusable_baseline_is_a_usage_error(files: Path, capsys: Captured) -> None:
    assert cli.main(arguments("--baseline", "absent.toml")) == 2
    assert "absent.toml:1:1: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif"])
def test_every_format_tells_the_finding_and_no_key(files: Path, capsys: Captured, form: str) -> None:
    assert cli.main(arguments("--format", form)) == 1

    told = capsys.readouterr().out
    assert "region-mismatch" in told
    assert p384("old") not in told


def test_a_stored_result_is_what_is_printed_as_json(files: Path, capsys: Captured) -> None:
    assert cli.main(arguments("--out", "doctor.json", "--format", "json")) == 1
    assert Path("doctor.json").read_text("utf-8") == capsys.readouterr().out
