"""A gateway that breaks the core claim must end in a no-go, on real processes.

The guide says so too, with each of its forks on processes of that gateway; that takes a minute.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from harness.cli import main


def test_a_gateway_that_keeps_the_local_keys_is_a_no_go_with_g_03(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = shlex.join([sys.executable, "-m", "harness.targets.wrong", "gateway", "keeps-local-keyring"])

    code = main(["rehearse", "flip_n", "--json", "-", "--quiet", "--out", str(tmp_path), "--gateway", command])

    document = json.loads(capsys.readouterr().out)
    assert code == 1
    assert document["verdict"] == "no-go"
    assert document["claims"]["G-03"]["result"] == "fail"
    opened = [row for row in document["survival"] if row["moment"] == "after-cutover" and row["era"] == "L(old)"]
    assert any(row["readable"] > row["expected"] for row in opened)
