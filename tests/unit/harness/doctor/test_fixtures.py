"""Every rule of the doctor has a pair of fixtures: in one it is met at the right place, in the other it is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness.cli import main
from harness.doctor.table import BY_ID, ROWS
from tests.unit.harness.doctor.cases import FOLDERS, Case, cases
from tests.unit.harness.doctor.live.door import arrange

Captured: TypeAlias = pytest.CaptureFixture[str]

_PLACE = ("file", "line", "column")


def _rule(case: Case) -> str:
    return case.rule


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _asked(request: pytest.FixtureRequest) -> None:
    """A case of `--live` has the KMS it asks, arranged as it says."""
    case = request.node.callspec.params["case"] if hasattr(request.node, "callspec") else None
    if case is not None and "live" in case.flags:
        arrange(request.getfixturevalue("door"), case.kms)


def told(case: Case, captured: Captured) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON document of the doctor on a case."""
    code = main(["doctor", *case.laid_out(Path.cwd()), "--format", "json"])
    printed = captured.readouterr()
    assert not printed.err
    return code, json.loads(printed.out)


def met(entries: list[dict[str, Any]], case: Case, *, name: str = "id") -> list[dict[str, Any]]:
    """The places at which the rule is told, as precise as the case expects them."""
    precise = [each for each in _PLACE if any(each in expected for expected in case.expected)] or list(_PLACE)
    return [{each: entry[each] for each in precise} for entry in entries if entry[name] == case.rule]


@pytest.mark.parametrize("case", cases("fires"), ids=_rule)
def test_a_rule_is_met_at_the_expected_places_and_at_no_other(case: Case, capsys: Captured) -> None:
    code, document = told(case, capsys)

    assert case.expected
    assert sorted(met(document["findings"], case), key=str) == sorted(map(dict, case.expected), key=str)
    assert code in {0, 1, 2, 3}
    assert (code == 1) or BY_ID[case.rule].level != "error"


@pytest.mark.parametrize("case", cases("quiet"), ids=_rule)
def test_a_rule_is_evaluated_and_not_met_in_its_quiet_twin(case: Case, capsys: Captured) -> None:
    code, document = told(case, capsys)

    assert not met(document["findings"], case)
    assert not met(document["unevaluated"], case, name="rule")
    assert code != 2


@pytest.mark.parametrize("case", cases("open"), ids=_rule)
def test_what_is_not_in_the_files_stays_open_and_is_no_pass(case: Case, capsys: Captured) -> None:
    code, document = told(case, capsys)

    assert sorted(met(document["unevaluated"], case, name="rule"), key=str) == sorted(map(dict, case.expected), key=str)
    assert code in {1, 3}


def test_every_rule_has_both_fixtures_and_every_fixture_a_rule() -> None:
    rules = {row.id for row in ROWS if row.is_rule}

    assert {case.rule for case in cases("fires")} == rules
    assert {case.rule for case in cases("quiet")} == rules


def test_no_private_key_lies_in_a_fixture() -> None:
    texts = {file: file.read_text("utf-8") for file in FOLDERS.rglob("*") if file.is_file()}

    # Any base64 as long as half a key that begins as a PEM does; the fixtures of broken PEMs are shorter.
    held = [file for file, text in texts.items() if re.search(r"LS0tLS1CRUdJT[A-Za-z0-9+/=]{150,}", text)]
    assert texts
    assert held == []
