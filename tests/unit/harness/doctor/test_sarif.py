"""SARIF of the doctor's report: valid, placed in the operator's files, each rule with its help."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.doctor.sarif import as_sarif
from harness.doctor.table import BY_ID
from tests.unit.harness.doctor.reports import accepted, finding, report, unevaluated

_SCHEMA = json.loads(Path(__file__).with_name("sarif.schema.json").read_text("utf-8"))
_DOCTOR_PAGE = Path(__file__).parents[4] / "docs/doctor.md"


def run_of(text: str) -> dict[str, Any]:
    """The one run of a valid log."""
    document = json.loads(text)
    Draft202012Validator(_SCHEMA).validate(document)
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def only_result(text: str) -> dict[str, Any]:
    (result,) = run_of(text)["results"]
    assert isinstance(result, dict)
    return result


def place(result: dict[str, Any]) -> dict[str, Any]:
    found = result["locations"][0]["physicalLocation"]
    assert isinstance(found, dict)
    return found


def test_a_report_of_every_kind_is_valid_and_counts_all_entries() -> None:
    whole = report(finding(), finding("static-credentials", level="note"), unevaluated(),
                   unusable=(finding("file-syntax"),), accepted=(accepted(),))  # fmt: skip

    assert len(run_of(as_sarif(whole))["results"]) == 5


def test_an_empty_report_is_valid_too() -> None:
    assert run_of(as_sarif(report()))["results"] == []


def test_a_result_stands_at_its_line_and_column_under_its_rule() -> None:
    run = run_of(as_sarif(report(finding("port-form"), finding("arn-missing", line=8))))

    for result, line in zip(run["results"], (3, 8), strict=True):
        assert place(result)["region"] == {"startLine": line, "startColumn": 5}
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize(
    ("file", "uri"),
    [("./after.env", "after.env"), ("a b/é.env", "a%20b/%C3%A9.env"), ("a\x1b\udcff.env", "a%1B%FF.env")],
)
def test_a_relative_path_becomes_a_relative_uri(file: str, uri: str) -> None:
    assert place(only_result(as_sarif(report(finding(file=file)))))["artifactLocation"] == {
        "uri": uri,
        "uriBaseId": "SRCROOT",
    }


def test_a_path_below_the_folder_of_the_call_is_told_relative_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    below, beside = str(tmp_path / "deep/after.env"), "/elsewhere/after.env"

    run = run_of(as_sarif(report(finding(file=below), finding(file=beside))))

    assert [place(each)["artifactLocation"]["uri"] for each in run["results"]] == [
        "deep/after.env",
        "file:///elsewhere/after.env",
    ]


def test_what_stands_in_no_file_is_a_place_by_name() -> None:
    result = only_result(as_sarif(report(finding(file="(chart default)"))))

    assert result["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "(chart default)"}]}]


def test_an_open_question_is_neither_a_pass_nor_a_failure() -> None:
    result = only_result(as_sarif(report(unevaluated())))

    assert (result["kind"], result["level"]) == ("open", "none")


def test_an_accepted_finding_is_suppressed_with_its_reason_and_its_day() -> None:
    (suppression,) = only_result(as_sarif(report(accepted=(accepted(),))))["suppressions"]

    assert suppression["status"] == "accepted"
    assert suppression["justification"] == "the role comes next week (until 2027-01-31)"


def test_a_fingerprint_outlives_a_moved_line_and_no_other_change() -> None:
    def marks(**changed: Any) -> Any:
        return only_result(as_sarif(report(finding(**changed))))["partialFingerprints"]

    assert marks() == marks(line=99) == marks(file="./after.env")
    assert marks() != marks(message="Another.")
    assert marks() != marks(file="other.env")


@pytest.mark.parametrize("identity", BY_ID)
def test_every_id_has_help_that_leads_to_its_anchor(identity: str) -> None:
    (rule,) = run_of(as_sarif(report(finding(identity))))["tool"]["driver"]["rules"]

    anchor = re.search(r"docs/doctor\.md#([a-z0-9-]+)", rule["help"]["text"])
    assert anchor is not None
    assert f'<a id="{anchor[1]}"></a>' in _DOCTOR_PAGE.read_text("utf-8")
    assert rule["defaultConfiguration"]["level"] == BY_ID[identity].level


def test_an_unusable_file_makes_the_invocation_unsuccessful() -> None:
    good, bad = as_sarif(report(finding())), as_sarif(report(unusable=(finding("file-syntax"),)))

    assert run_of(good)["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert run_of(bad)["invocations"] == [{"executionSuccessful": False, "exitCode": 2}]
