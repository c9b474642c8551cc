"""JUnit of the doctor's report: what fails a pipeline, what does not, and that it parses whatever a file is called."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from harness.doctor.command import Report
from harness.doctor.junit import as_junit
from tests.unit.harness.doctor.reports import accepted, finding, report, unevaluated


def suite(of: Report) -> ET.Element:
    found = ET.fromstring(as_junit(of)).find("testsuite")  # noqa: S314  our own output
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (report(finding()), "failure"),
        (report(finding(level="warning")), "system-out"),
        (report(finding(level="note")), "system-out"),
        (report(unevaluated()), "error"),
        (report(unusable=(finding("file-syntax"),)), "failure"),
        (report(accepted=(accepted(),)), "skipped"),
    ],
)
def test_each_kind_of_entry_has_its_outcome(made: Report, outcome: str) -> None:
    (case,) = suite(made)

    assert [each.tag for each in case] == [outcome]


def test_a_case_is_named_by_rule_and_file_and_tells_every_place() -> None:
    (case,) = suite(report(finding(line=3), finding(line=9)))

    assert (case.get("classname"), case.get("name")) == ("after.env", "region-mismatch")
    told = case.findtext("failure") or ""
    assert "after.env:3:5" in told
    assert "after.env:9:5" in told


def test_counts_add_up() -> None:
    whole = suite(report(finding(), finding("port-form", level="warning"), unevaluated(), accepted=(accepted(),)))

    assert {name: whole.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


def test_a_report_without_findings_still_has_a_case() -> None:
    (case,) = suite(report())

    assert list(case) == []


def test_control_characters_of_a_name_do_not_break_the_document() -> None:
    (case,) = suite(report(finding(file="a\x00\x1b\ufffe\udc80.env", message="\x08")))

    assert case.get("classname") == "a\\u0000\\u001b\\ufffe\\udc80.env"
