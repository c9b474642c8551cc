"""Ctrl-C in the middle of a run: one clear line, exit 3, no orphan, and the history so far is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


def _descendants(group: int) -> list[int]:
    """Processes of the fake world that still name this run's parent."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == group:
            found.append(int(entry.name))
    return found


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_its_history_and_no_process(tmp_path: Path, ending: signal.Signals) -> None:
    command = (sys.executable, "-m", "harness", "rehearse", "--out", str(tmp_path))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    assert process.stderr is not None
    for line in process.stderr:
        if "Stop Sombra" in line:
            break
    children = _descendants(process.pid)
    assert children, "the world was not running yet"

    process.send_signal(ending)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert "interrupted" in err
    assert "Traceback" not in out + err
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    journal = next(tmp_path.rglob("history.jsonl")).read_text(encoding="utf-8").splitlines()
    kinds = [json.loads(line)["kind"] for line in journal]
    assert "probe" in kinds
    assert kinds[-1] == "interrupted"
