"""A part of the world that dies in mid-run ends the run: inconclusive, named, recorded, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.commands import children, is_alive, started

_LONG_STEP = "Rehearse the alternatives"  # the gateway lives on while copies of its world are tried
_EARLIER_STEP = "Download what must stay readable"  # and it is far from being stopped


@pytest.mark.parametrize(
    "part", ["gateway", *(pytest.param(each, marks=pytest.mark.gate) for each in ("kms", "transcend"))]
)
def test_a_part_that_is_killed_is_named_and_the_run_is_inconclusive(part: str, tmp_path: Path) -> None:
    with started("harness", "rehearse", "--requests", "16", "--out", str(tmp_path)) as process:
        assert process.stderr is not None
        assert any(_EARLIER_STEP in line for line in process.stderr)
        process.send_signal(signal.SIGSTOP)  # it must not reach the stop of its gateway before the part is dead
        parts = {words[words.index("fake_sombra") + 1]: pid for pid, words in children(process).items()}

        os.kill(parts[part], signal.SIGKILL)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)

    last = err.rstrip().rsplit("\n", 1)[-1]
    assert process.returncode == 3
    assert "Traceback" not in out + err
    assert part in last
    assert "ended by itself with exit code -9" in last
    assert "rehearse again" in last
    assert set(parts) == {"kms", "transcend", "gateway"}
    assert not any(is_alive(pid) for pid in parts.values())
    (history,) = tmp_path.rglob("history.jsonl")
    events = [json.loads(line) for line in history.read_text("utf-8").splitlines()]
    assert events[-1]["kind"] == "interrupted"
    assert part in events[-1]["why"]


def test_ctrl_c_ends_a_run_without_processes_alike(tmp_path: Path) -> None:
    arguments = ("rehearse", "--target", "inprocess", "--out", str(tmp_path))
    with started("harness", *arguments) as process:
        assert process.stderr is not None
        assert any(_LONG_STEP in line for line in process.stderr)

        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert "interrupted" in err
    assert "Traceback" not in out + err
    (history,) = tmp_path.rglob("history.jsonl")
    assert json.loads(history.read_text("utf-8").splitlines()[-1])["kind"] == "interrupted"


def test_a_gateway_that_refuses_every_start_is_inconclusive_and_its_last_words_are_kept(tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'raise SystemExit(\"out of luck\")'"
    arguments = ("rehearse", "drain", "--requests", "16", "--gateway", command, "--out", str(tmp_path), "--quiet")
    with started("harness", *arguments) as process:
        out, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert "INCONCLUSIVE" in out
    assert "out of luck" in out
    assert "Traceback" not in out + err
