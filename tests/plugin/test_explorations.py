"""Explorations that xdist may spread: collected by name, one a seed, failing with a scenario file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins import without

_WALKS = ("-m", "pytest", "-q", *without("randomly", "cacheprovider"), "--pyargs", "harness.explore.test_walks")


def _run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *_WALKS, f"--rootdir={folder}", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


@pytest.mark.gate
def test_two_workers_explore_two_seeds(tmp_path: Path) -> None:
    database = str(tmp_path / "walks")
    options = ("--explore-seeds", "2", "--explore-examples", "2", "--explore-steps", "5")

    ended = _run(tmp_path, *options, "--explore-database", database, "-n", "2")

    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout


@pytest.mark.gate
@pytest.mark.parametrize("option", ["--explore-seeds", "--explore-steps"])
def test_an_exploration_of_nothing_is_refused(option: str, tmp_path: Path) -> None:
    ended = _run(tmp_path, option, "0")

    assert ended.returncode != 0
    assert option in ended.stdout + ended.stderr
