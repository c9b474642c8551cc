"""`list` names everything there is, or one kind of it."""

from __future__ import annotations

import pytest

from harness.catalogue import scenarios
from harness.claims import CLAIMS
from harness.cli import main
from harness.judge import table


def _listed(capsys: pytest.CaptureFixture[str], *what: str) -> dict[str, list[str]]:
    assert main(["list", *what]) == 0
    sections: dict[str, list[str]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("  "):
            sections[[*sections][-1]].append(line.split()[0])
        else:
            sections[line] = []
    return sections


def test_everything_is_listed_once_and_the_guide_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    listed = _listed(capsys)

    assert listed["scenarios"] == list(scenarios())
    assert listed["scenarios"][0] == "guide"
    assert listed["checks"] == list(table())
    assert listed["claims"] == list(CLAIMS)
    assert {"ThrottlingException", "lost", "outage(eu-west-1)"} <= set(listed["faults"])


def test_one_kind_is_listed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(_listed(capsys, "claims")) == ["claims"]


def test_every_check_of_a_scenario_exists() -> None:
    known = set(table())

    assert {name: set(each.checks) - known for name, each in scenarios().items() if set(each.checks) - known} == {}
