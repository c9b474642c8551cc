"""`judge` on folders that are not, or no longer, a stored run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main
from tests.e2e.commands import rehearsal


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run that went well."""
    out = tmp_path_factory.mktemp("runs")
    assert main(["rehearse", "drain", "--target", "inprocess", "--requests", "16", "--quiet", "--out", str(out)]) == 0
    return next((out / "drain").iterdir())


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    return Path(shutil.copytree(stored, tmp_path / "run"))


def test_judging_again_gives_the_same_verdict(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", str(run), "--json", "-"]) == 0
    again, first = json.loads(capsys.readouterr().out), json.loads((run / "run.json").read_text("utf-8"))
    assert again == first


def _cut(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def _without(name: str) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        (run / name).unlink()

    return damage


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        file = run / name
        content = file.read_bytes()
        assert old in content
        file.write_bytes(content.replace(old, new))

    return damage


def _is(name: str, content: bytes) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        (run / name).write_bytes(content)

    return damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_without("run.json"), "run.json: cannot be read"),
        (_without("history.jsonl"), "history.jsonl"),
        (shutil.rmtree, "run.json: cannot be read"),
        (_is("run.json", b"{"), "is not JSON"),
        (_is("run.json", b"{}"), "'schema' is a required property"),
        (_replaced("run.json", b"sombra-rehearsal/run/1", b"sombra-rehearsal/run/9"), "at /schema"),
        (_replaced("run.json", b'"happy-state"', b'"no-such-check"'), "no-such-check"),
        (_is("history.jsonl", b"\xff\xfe"), "history.jsonl is not UTF-8"),
        (_is("history.jsonl", b"[]\n[]\n"), "line 1 is no event"),
        (_is("history.jsonl", b'{"n":1}\n{"n":2}\n'), "line 1 is no event"),
        (_replaced("history.jsonl", b'{"n":3,', b'{"n":3'), "line 3 is not JSON"),
        (_replaced("history.jsonl", b'"readable":true,', b""), "has no field 'readable'"),
    ],
)
def test_a_damaged_folder_is_named_with_its_damage(
    damage: Callable[[Path], None], words: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(run)

    code = main(["judge", str(run)])

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.startswith(f"sombra-rehearsal: {run}")
    assert words in told.err
    assert told.err.rstrip().endswith(("name one under runs/", "rehearse again"))


def test_a_history_that_was_cut_short_is_inconclusive(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _cut(run / "history.jsonl")

    assert main(["judge", str(run)]) == 3
    assert "cut short" in capsys.readouterr().out


def test_a_history_without_its_end_is_inconclusive_even_if_every_check_still_passes(run: Path) -> None:
    file = run / "history.jsonl"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if '"scenario-ended"' not in line), encoding="utf-8")

    assert main(["judge", str(run)]) == 3


def test_a_path_that_is_no_folder_is_a_usage_error_of_the_program() -> None:
    ended = rehearsal("judge", __file__)

    assert ended.code == 2
    assert "name one under runs/" in ended.last_line
    assert "Traceback" not in ended.err
