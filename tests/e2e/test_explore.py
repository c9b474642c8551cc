"""`explore` as it is called: exit codes, what it keeps, and the scenario file that `rehearse` walks again."""

from __future__ import annotations

import json
import shlex
import signal
from pathlib import Path

import pytest

from harness.targets.wrong import WRONG_SOMBRAS
from tests.e2e.commands import here, started

_SMALL = ("explore", "--examples", "25", "--steps", "30")


def test_a_wrong_sombra_ends_in_one_command_that_shows_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with WRONG_SOMBRAS["opens-under-first-entry-only"].alive():
        found = here(capsys, *_SMALL, "--out", str(tmp_path))
        command = shlex.split(found.out.rstrip().rsplit("Walk it again: ", 1)[1])
        again = here(capsys, *command[1:], "--out", str(tmp_path), "--quiet")

    assert (found.code, again.code) == (1, 1)
    difference = found.out.splitlines()[0].removeprefix("NO-GO: ")
    assert difference in again.out
    (document,) = tmp_path.glob("explore/*/explore.json")
    failure = json.loads(document.read_text(encoding="utf-8"))["failure"]
    assert failure["command"] == shlex.join(command)
    assert failure["actions"] == ["start", "submit r1", "keys k2,k1", "restart"]

    mended = here(capsys, *command[1:], "--out", str(tmp_path), "--quiet")
    assert mended.code == 0


def test_a_stored_walk_is_judged_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "two.txt"
    scenario.write_text("start\nsubmit r1\n", encoding="utf-8")
    rehearsed = here(capsys, "rehearse", str(scenario), "--target", "inprocess", "--out", str(tmp_path), "--quiet")
    (run,) = tmp_path.glob("two/*")

    judged = here(capsys, "judge", str(run), "--quiet")

    assert (rehearsed.code, judged.code) == (0, 0)
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["counts"]["checks_executed"] == 3


def test_a_small_exploration_is_inconclusive_and_names_what_it_has_not_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = here(capsys, "explore", "--examples", "2", "--steps", "5", "--json", "-", "--out", str(tmp_path))

    document = json.loads(ended.out)
    assert ended.code == 3
    assert document["verdict"] == "inconclusive"
    assert "cause: wrong_provider" in document["not_reached"]
    assert document["counts"]["goals_reached"] + len(document["not_reached"]) == document["counts"]["goals"]


@pytest.mark.gate
def test_the_exhaustive_search_of_the_model_is_a_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = here(capsys, "explore", "--exhaustive", "--depth", "6", "--out", str(tmp_path))

    assert ended.code == 0
    assert ended.out.startswith("GO: 15 laws hold in ")
    assert "from any state in which the old key is still held, the rollback makes every L(old) readable" in ended.out
    assert list(tmp_path.glob("exhaustive/*/exhaustive.json"))


@pytest.mark.parametrize(
    "wrong",
    [
        ("--steps", "0"),
        ("--steps", "201"),
        ("--examples", "0"),
        ("--minutes", "0"),
        ("--minutes", "nan"),
        ("--seed", "-1"),
        ("--depth", "3"),
        ("--exhaustive", "--depth", "0"),
        ("--exhaustive", "--keys", "9"),
        ("--database", "foo://x"),
    ],
)
def test_a_call_that_would_show_nothing_is_refused(
    wrong: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = here(capsys, "explore", *wrong, "--out", str(tmp_path))

    assert ended.code == 2
    assert wrong[-2].startswith("--")
    assert wrong[-2].removeprefix("--") in ended.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rehearse", "nowhere.txt"), "no scenario is called nowhere.txt"),
        (("rehearse", "FILE", "guide"), "walked by themselves"),
        (("rehearse", "FILE", "--target", "container"), "on --target inprocess or process"),
        (("rehearse", "FILE", "--faults", "*:outage"), "leave those flags out"),
        (("rehearse", "BAD"), "bad.txt:2: there is no request r1 yet"),
    ],
)
def test_a_scenario_file_that_cannot_be_walked_is_refused(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("start\n", encoding="utf-8")
    bad.write_text("start\nopen r1\n", encoding="utf-8")
    named = [{"FILE": str(good), "BAD": str(bad)}.get(each, each) for each in arguments]

    ended = here(capsys, *named, "--out", str(tmp_path / "runs"))

    assert ended.code == 2
    assert said in ended.err


@pytest.mark.gate
def test_ctrl_c_ends_an_exploration_clearly_and_keeps_its_result(tmp_path: Path) -> None:
    with started("harness", "explore", "--examples", "100000", "--out", str(tmp_path)) as process:
        assert process.stderr is not None
        assert any("walks" in line for line in process.stderr)

        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert out.startswith("INCONCLUSIVE: interrupted")
    assert "Traceback" not in out + err
    assert list(tmp_path.glob("explore/*/explore.json"))
