"""The doctor's findings as JUnit XML: a case for each rule and file, named by ids that survive refactors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from harness.doctor.command import Report
from harness.report.characters import one_line
from harness.run import Finding

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_SUITE = "doctor"


def as_junit(report: Report) -> str:
    """An error is a failure, an open question an error, an accepted finding is skipped; all else passes and is told."""
    cases = [*_found(report), *_open(report), *_accepted(report)]
    if not cases:
        cases = [ET.Element("testcase", {"classname": _SUITE, "name": "no-finding"})]
    totals = {"tests": str(len(cases))}
    for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        totals[name] = str(sum(case.find(kind) is not None for case in cases))
    suites = ET.Element("testsuites", {"name": "sombra-rehearsal", **totals})
    suite = ET.SubElement(suites, "testsuite", {"name": _SUITE, **totals})
    suite.extend(cases)
    ET.indent(suites)
    return f"{_DECLARATION}{ET.tostring(suites, encoding='unicode')}\n"


def _found(report: Report) -> list[ET.Element]:
    by_case: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_case[finding.id, finding.file].append(finding)
    cases = []
    for (identity, file), findings in by_case.items():
        case = _case(identity, file)
        text = "\n".join(_line(each) for each in findings)
        if findings[0].level == "error":
            frame = {"type": identity, "message": one_line(findings[0].message)}
            ET.SubElement(case, "failure", frame).text = text
        else:
            ET.SubElement(case, "system-out").text = text
        cases.append(case)
    return cases


def _open(report: Report) -> list[ET.Element]:
    by_case: Mapping[tuple[str, str], str] = {
        (each.rule, each.file): f"{each.why} {each.next}" for each in report.examined.unevaluated
    }
    cases = []
    for (identity, file), why in by_case.items():
        case = _case(identity, file)
        ET.SubElement(case, "error", {"type": "unevaluated", "message": one_line(why)})
        cases.append(case)
    return cases


def _accepted(report: Report) -> list[ET.Element]:
    cases = []
    for each in report.accepted:
        case = _case(each.finding.id, each.finding.file)
        ET.SubElement(case, "skipped", {"message": one_line(f"accepted: {each.reason} (until {each.expires})")})
        cases.append(case)
    return cases


def _case(identity: str, file: str) -> ET.Element:
    return ET.Element("testcase", {"classname": one_line(file), "name": one_line(identity)})


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    return one_line(f"{finding.level} {place} ({finding.claim}): {finding.message} next: {finding.next}")
