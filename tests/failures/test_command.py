"""`failures` lists and reproduces; what is not reproduced, not detected or not tried is never exit code 0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Never

import pytest

from harness.catalogue import failure_modes
from harness.checks.check import CHECKS, Evidence
from harness.cli import main
from harness.commands import failures as command
from harness.doctor import examination
from harness.failures import EXEMPT, Stage, Theatre
from harness.failures.described import AGREED
from harness.failures.mode import Mode
from harness.judge import table
from harness.target import TargetFailed
from harness.verdict import Verdict, passed

WIDEST = 120
Captured = pytest.CaptureFixture[str]


def _ran(capsys: Captured, *arguments: str) -> tuple[int, str]:
    code = main(["failures", *arguments, "--quiet"])
    return code, capsys.readouterr().out


def _document(capsys: Captured, *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out = _ran(capsys, *arguments, "--json", "-")
    return code, json.loads(out)


@pytest.mark.parametrize("arguments", [[], ["list"]])
def test_the_list_names_all_fifty_with_what_finds_them(arguments: list[str], capsys: Captured) -> None:
    assert main(["failures", *arguments]) == 0

    told = capsys.readouterr().out
    assert [identity for identity in AGREED if f"\n{identity} " not in told] == []
    assert "not yet: " in told
    assert "check no-overlap, doctor rolling-update" in told


@pytest.mark.gate
@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"CI": "true"}, {"COLUMNS": "400"}])
def test_no_line_is_wider_than_the_page_or_coloured_where_nobody_looks(
    environ: dict[str, str], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    main(["failures"])
    main(["failures", "run", "F07", "F28"])

    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= WIDEST
    assert "\x1b" not in told


def test_a_run_tells_symptom_cause_detection_and_result(capsys: Captured) -> None:
    code = main(["failures", "run", "F28"])

    told = capsys.readouterr().out
    assert code == 0
    assert told.startswith("1 of 1 failure modes reproduced and detected, none of them without its fault.\n")
    for words in (
        "symptom    Sombra does not start (one try, exit code 1, no port was opened)",
        "cause      ORGANIZATION_URI: is not set",
        "detection  found by check operator-boots: fail: after was refused: ORGANIZATION_URI: is not set",
        "found by doctor variable-dropped: warning after.env:1: ORGANIZATION_URI stands in before.env but not here.",
        "result     REPRODUCED (without its fault: not seen, not found)",
    ):
        assert words in told


@pytest.mark.gate
def test_several_modes_are_a_table_with_the_reason_of_what_was_left_out(capsys: Captured) -> None:
    code = main(["failures", "run", "F05", "F06", "F07", "F28", "F35", "F40", "F38"])

    told = capsys.readouterr().out
    assert code == 3
    assert "id   result      what was seen" in told
    assert "F40  REPRODUCED  every request was gone through; of 4 files 0 were" in told
    assert f"F38 was not tried: {EXEMPT[0].reason} (W6)." in told


def test_the_document_counts_what_was_planned_executed_and_reproduced(capsys: Captured) -> None:
    code, document = _document(capsys, "run", "F07", "f07", "f28")

    assert code == 0
    assert document["counts"] == {"planned": 2, "executed": 2, "reproduced": 2}
    (first, second) = document["modes"]
    assert (first["id"], second["id"], first["result"], first["why"]) == ("F07", "F28", "reproduced", [])
    assert {(each["by"], each["id"], each["fired"]) for each in first["detections"]} == {
        ("check", "operator-boots", True),
        ("doctor", "key-empty", True),
    }
    assert first["cause"].startswith("JWT_ECDSA_KEY item 3")


def test_the_list_is_a_document_too(capsys: Captured) -> None:
    code, document = _document(capsys)

    assert code == 0
    assert [each["id"] for each in document["modes"]] == list(failure_modes())
    assert [each["id"] for each in document["exempt"]] == [each.id for each in EXEMPT]


def test_a_mode_that_waits_for_other_work_is_inconclusive(capsys: Captured) -> None:
    assert main(["failures", "run", "F38"]) == 3

    assert "No failure mode was tried" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "F51"], "no failure mode is called F51; `sombra-rehearsal failures` lists F01 to F50"),
        (["run", "F07", "nonsense"], "no failure mode is called NONSENSE"),
        (["run"], "name failure modes, such as `failures run F12`, or say --all"),
        (["run", "F07", "--all"], "or say --all"),
    ],
)
def test_bad_usage_says_what_to_write_instead(arguments: list[str], said: str, capsys: Captured) -> None:
    assert main(["failures", *arguments]) == 2

    assert said in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_bad_usage(capsys: Captured) -> None:
    assert main(["failures", "--json", "/nowhere/failures.json"]) == 2

    assert "/nowhere/failures.json cannot be written" in capsys.readouterr().err


def test_a_fault_that_is_not_injected_is_found_out(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = Theatre.stage

    @contextmanager
    def harmless(self: Theatre, *, is_planted: bool, is_unseeded: bool = False) -> Iterator[Stage]:
        with staged(self, is_planted=False, is_unseeded=is_unseeded) as stage:
            yield stage

    monkeypatch.setattr(Theatre, "stage", harmless)

    code, document = _document(capsys, "run", "F18")

    assert code == 1
    assert document["modes"][0]["result"] == "not reproduced"
    assert document["modes"][0]["why"][0] == "the symptom was not seen"


def test_a_check_that_is_blinded_is_found_out(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def agree(evidence: Evidence) -> Verdict:
        return passed("all is well", [1])

    blind = replace(table()["operator-boots"], judge=agree)
    monkeypatch.setitem(CHECKS, "operator-boots", blind)

    assert main(["failures", "run", "F28"]) == 1

    told = capsys.readouterr().out
    assert told.startswith("0 of 1 failure modes reproduced and detected; NOT REPRODUCED: F28.")
    assert "MISSED BY check operator-boots: pass: all is well" in told


def test_a_rule_that_is_blinded_is_found_out(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tuple(rule for rule in examination.FILE_RULES if rule.id != "key-empty")
    monkeypatch.setattr(examination, "FILE_RULES", left)

    assert main(["failures", "run", "F07"]) == 1

    assert "MISSED BY doctor key-empty: not met" in capsys.readouterr().out


def test_a_world_that_breaks_is_inconclusive_and_hides_no_other(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(stage: Stage) -> Never:
        raise TargetFailed("the KMS front ended by itself")

    broken = {identity: failure_modes()[identity] for identity in ("F07", "F28")}
    broken["F07"] = replace(broken["F07"], act=breaks)
    monkeypatch.setattr("harness.catalogue.failure_modes", lambda: broken)

    code, document = _document(capsys, "run", "--all")

    assert code == 3
    assert document["counts"] == {"planned": 2, "executed": 1, "reproduced": 1}
    assert document["modes"][0]["why"] == ["it could not be tried to the end: the KMS front ended by itself"]


@pytest.mark.parametrize(
    ("counts", "waiting", "code"),
    [
        ((2, 2, 2), 0, 0),
        ((2, 2, 1), 0, 1),
        ((2, 1, 1), 0, 3),
        ((3, 2, 1), 0, 1),
        ((0, 0, 0), 0, 3),
        ((2, 2, 2), 1, 3),
    ],
)
def test_the_exit_code_says_what_the_counts_mean(counts: tuple[int, int, int], waiting: int, code: int) -> None:
    named = dict(zip(("planned", "executed", "reproduced"), counts, strict=True))

    assert command.exit_code(named, has_exempt=waiting > 0) == code


def test_a_mode_whose_run_ends_early_says_why(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(stage: Stage) -> None:
        stage.r.must_start("after", changed={"AWS_REGION": None})

    early: dict[str, Mode] = {"F05": replace(failure_modes()["F05"], act=refused)}
    monkeypatch.setattr("harness.catalogue.failure_modes", lambda: early)

    code, document = _document(capsys, "run", "F05")

    assert code == 1
    assert document["modes"][0]["why"][0].startswith("the symptom was not seen, for the run ended early: the after env")
