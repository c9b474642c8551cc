"""What `python -m benchmarks` prints, keeps and exits with; nothing is measured here."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.figures import AtMost, Figure, TimesPeer
from benchmarks.options import BenchmarkFailed, Options

_HELD = Figure("boot", "s", (0.2, 0.1), AtMost(0.5), (0.4, 0.4), "moto server's start")
_MISSED = Figure("files", "/s", (1000.0,), TimesPeer(5.0), (500.0,), "moto server")


def _held(options: Options) -> Iterator[Figure]:
    yield _HELD


def _missed(options: Options) -> Iterator[Figure]:
    yield _MISSED


def _broken(options: Options) -> Iterator[Figure]:
    yield _HELD
    raise BenchmarkFailed("the gateway did not start")


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = {"held": _held, "missed": _missed, "broken": _broken}
    monkeypatch.setattr(command, "BENCHMARKS", planted)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())  # Flask may not be installed here


def test_held_targets_exit_0_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["held"]) == 0

    shown = capsys.readouterr().out
    row = next(line for line in shown.splitlines() if line.startswith("boot"))
    assert row.split("  ")[0] == "boot"
    assert [cell.strip() for cell in row.split("  ") if cell.strip()] == [
        "boot",
        "0.15 s",
        "0.40 s",
        "0.38 ×",
        "≤ 0.5 s",
        "yes",
        "moto server's start",
    ]
    assert shown.endswith("All 1 targets held.\n")


def test_a_missed_target_exits_1_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["held", "missed"]) == 1

    shown = capsys.readouterr().out
    assert "1 of 2 targets missed: files." in shown
    assert "  NO  " in next(line for line in shown.splitlines() if line.startswith("files"))


def test_the_document_keeps_every_sample(tmp_path: Path) -> None:
    kept = tmp_path / "figures.json"

    command.main(["held", "missed", "--json", str(kept)])

    document = json.loads(kept.read_text(encoding="utf-8"))
    assert document["held"] is False
    assert [each["name"] for each in document["figures"]] == ["boot", "files"]
    assert document["figures"][0]["ours"]["samples"] == [0.2, 0.1]
    assert document["figures"][1]["ratio"] == 2.0


def test_a_benchmark_that_cannot_be_measured_is_neither_held_nor_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["broken"]) == 2

    captured = capsys.readouterr()
    assert "the gateway did not start" in captured.err
    assert captured.out == ""


def test_an_unknown_name_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["files"]) == 2
    assert "held, missed, broken" in capsys.readouterr().err


def test_an_unwritable_document_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["held", "--json", str(tmp_path / "missing" / "figures.json")]) == 2

    captured = capsys.readouterr()
    assert "No such file" in captured.err
    assert "held …" not in captured.err


@pytest.mark.parametrize(
    "wrong", [["--rounds", "0"], ["--rounds", "many"], ["--seconds", "nan"], ["--seconds", "0"], ["--size-mib", "-1"]]
)
def test_a_number_that_measures_nothing_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        command.main(wrong)

    assert refusal.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_without_flask_the_peer_cannot_run_and_the_way_out_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert command.main(["held"]) == 2
    assert "make bench" in capsys.readouterr().err
