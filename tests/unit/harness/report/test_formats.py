"""The table of formats; JUnit for CI; the summary page and its size; words every report shares."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from harness.report import view
from harness.report.formats import RENDERERS, kept_files
from harness.report.junit import junit
from harness.report.page import Page
from harness.report.sarif import sarif
from harness.report.summary import BUDGET, summary
from harness.run import ClaimRecord, Run
from harness.verdict import Outcome, Result
from tests.unit.harness.report.sample import go_run, history, no_go_run


def _cases(run: Run) -> list[ET.Element]:
    return list(ET.fromstring(junit(run)).iter("testcase"))  # noqa: S314 - our own text


def test_every_format_names_the_verdict() -> None:
    told = {name: render(no_go_run(), Page(where="report.html")) for name, render in RENDERERS.items()}

    assert set(told) == {"text", "json", "junit", "sarif", "summary"}
    assert json.loads(told["json"])["verdict"] == "no-go"
    assert all("no-go" in text.lower().replace("\\", "") for text in told.values())


def test_a_stored_run_is_three_files_beside_its_history() -> None:
    assert list(kept_files(go_run(), history())) == ["run.json", "junit.xml", "report.html"]


def test_junit_names_are_check_ids_and_classes_their_claims() -> None:
    cases = _cases(go_run())

    assert [case.get("name") for case in cases] == [check.id for check in go_run().checks]
    assert cases[2].get("classname") == "G-03"


def test_junit_tells_fail_unknown_and_not_run_apart() -> None:
    run = no_go_run()
    run = replace(run, checks=(*run.checks, replace(run.checks[0], id="later", result=Result.NOT_RUN)))

    kinds = Counter(child.tag for case in _cases(run) for child in case)
    suite = next(ET.fromstring(junit(run)).iter("testsuite"))  # noqa: S314 - our own text

    assert kinds == {"failure": 3, "error": 1, "skipped": 1}
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["17", "3", "1", "1"]


@pytest.mark.parametrize(("verdict", "kind"), [(Outcome.NO_GO, "failure"), (Outcome.INCONCLUSIVE, "error")])
def test_junit_is_never_green_when_the_verdict_is_not(verdict: Outcome, kind: str) -> None:
    assert not any(len(case) for case in _cases(go_run()))

    last = _cases(replace(go_run(), verdict=verdict))[-1]

    assert last.get("name") == "verdict"
    assert last[0].tag == kind


def test_sarif_places_findings_and_tells_what_failed_apart_from_what_is_open() -> None:
    run = no_go_run()

    log = json.loads(sarif(run))["runs"][0]

    assert log["properties"]["verdict"] == "no-go"
    failed = {name for name, claim in run.claims.items() if claim.result is Result.FAIL}
    is_open = {name for name, claim in run.claims.items() if claim.result is Result.UNKNOWN}
    assert failed
    assert {each["ruleId"] for each in log["results"] if each.get("kind") == "fail"} == failed
    assert {each["ruleId"] for each in log["results"] if each.get("kind") == "open"} == is_open
    placed = [each for each in log["results"] if "locations" in each]
    assert [each["ruleId"] for each in placed] == [finding.id for finding in run.findings]


def test_sarif_of_a_go_names_no_failure() -> None:
    log = json.loads(sarif(go_run()))["runs"][0]

    assert [each for each in log["results"] if each.get("kind") in {"fail", "open"}] == []


def test_the_summary_begins_with_the_verdict_and_what_is_in_the_way() -> None:
    told = summary(no_go_run(), where="runs/x/report.html")

    assert told.startswith("## ✗ NO\\-GO\\: Do not cut over.")
    assert told.index("### In the way") < told.index("### Findings") < told.index("### Claims")
    assert "runs/x/report.html" in told


def test_a_summary_too_large_for_the_page_is_cut_with_a_notice() -> None:
    claim = ClaimRecord(Result.PASS, "wörter " * 40, ("check",), (1,), "title")
    run = replace(go_run(), claims={f"G-{number:03d}": claim for number in range(6000)})

    told = summary(run)

    assert BUDGET - 4096 < len(told.encode()) <= BUDGET
    assert told.rstrip().endswith(
        "_Cut here: the page takes no more. The whole report is in report.html and run.json._"
    )
    assert told.startswith("## ✓ GO")


def test_a_summary_that_fits_is_whole() -> None:
    assert "Cut here" not in summary(no_go_run())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.04, "0.0 s"),
        (2.14, "2.1 s"),
        (59.96, "1 min"),
        (750, "12 min 30 s"),
        (3599.7, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (7169, "1 h 59 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert view.duration(seconds) == words


def test_unexecuted_checks_are_counted_aloud() -> None:
    assert view.counted(replace(go_run(), checks_planned=18)) == "16 of 18 checks passed, 2 not executed"


def test_rates_have_their_moments_in_the_order_of_the_cutover() -> None:
    run = replace(go_run(), error_rates={"zulu": {"x": 1}, "after-rollback": {"x": 1}, "stopped": {"y": 2}})

    assert view.rates(run) == (["stopped", "after-rollback", "zulu"], {"x": [0, 1, 1], "y": [2, 0, 0]})


def test_a_reason_is_told_as_a_sentence() -> None:
    assert view.headline(replace(go_run(), reason="all 41 checks\npassed")).endswith(". All 41 checks passed.")
