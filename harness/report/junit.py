"""A run as JUnit XML: a suite for the scenario, a case for each check, named by ids that survive refactors."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from harness.report import view
from harness.report.characters import one_line, shown
from harness.run import CheckRecord, Run
from harness.verdict import Outcome, Result

_OUTCOMES = {Result.FAIL: "failure", Result.UNKNOWN: "error", Result.NOT_RUN: "skipped"}


def junit(run: Run) -> str:
    """Fail is a failure, unknown an error, not-run is skipped; a verdict no case explains gets its own case."""
    cases = [_case(check, run.scenario) for check in run.checks]
    if run.verdict is not Outcome.GO and not any(_is_bad(check) for check in run.checks):
        cases.append(_verdict(run))
    sums = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
        "time": f"{run.duration_s:.3f}",
    }
    totals = {name: str(value) for name, value in sums.items()}
    suites = ET.Element("testsuites", {"name": "sombra-rehearsal", **totals})
    frame = {"name": one_line(run.scenario), **totals, "timestamp": one_line(run.started_at)}
    suite = ET.SubElement(suites, "testsuite", frame)
    properties = ET.SubElement(suite, "properties")
    for name in ("verdict", "reason", "version", "target", "kms", "seed"):
        ET.SubElement(properties, "property", {"name": name, "value": one_line(str(getattr(run, name)))})
    suite.extend(cases)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=False).join((_DECLARATION, "\n"))


_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def _case(check: CheckRecord, scenario: str) -> ET.Element:
    name = one_line(check.id)
    case = ET.Element("testcase", {"classname": one_line(" ".join(check.claims)) or one_line(scenario), "name": name})
    kind = _OUTCOMES.get(check.result)
    if kind is not None:
        outcome = ET.SubElement(case, kind, {"message": one_line(check.why)})
        if kind != "skipped":
            outcome.set("type", check.result)
            outcome.text = _details(check)
    return case


def _details(check: CheckRecord) -> str:
    lines = [shown(check.title), shown(check.why)]
    if check.worlds:
        lines.append(f"worlds: {one_line(', '.join(check.worlds))}")
    if check.evidence:
        lines.append(f"evidence: events {', '.join(str(n) for n in check.evidence[:50])} of history.jsonl")
    return "\n".join(lines)


def _verdict(run: Run) -> ET.Element:
    case = ET.Element("testcase", {"classname": one_line(run.scenario), "name": "verdict"})
    told = ET.SubElement(case, "failure" if run.verdict is Outcome.NO_GO else "error", {"type": run.verdict})
    told.set("message", view.headline(run))
    return case


def _is_bad(check: CheckRecord) -> bool:
    return check.result in {Result.FAIL, Result.UNKNOWN}
