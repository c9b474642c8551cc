"""The doctor's findings as SARIF 2.1.0: places in the operator's own files, rules with their help in docs/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.doctor.baseline import Accepted
from harness.doctor.command import UNUSABLE, Report
from harness.doctor.fingerprint import fingerprint, same_path
from harness.doctor.rule import Unevaluated
from harness.doctor.table import BY_ID, Row
from harness.report.characters import one_line
from harness.run import Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "SRCROOT"
_DISTRIBUTION = "sombra-rehearsal"

Json = dict[str, Any]


def as_sarif(report: Report) -> str:
    """One run; what could not be evaluated is a result of kind `open`, what is accepted a suppressed one."""
    results = [*_results(report)]
    used = sorted({str(each["ruleId"]) for each in results})
    for each in results:
        each["ruleIndex"] = used.index(each["ruleId"])
    rules = [_descriptor(BY_ID.get(identity), identity) for identity in used]
    driver = {"name": "sombra-rehearsal doctor", "version": version(_DISTRIBUTION), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder the doctor was run in."}}},
        "invocations": [{"executionSuccessful": report.exit_code != UNUSABLE, "exitCode": report.exit_code}],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _results(report: Report) -> Iterator[Json]:
    for finding in report.findings:
        yield _result(finding)
    for accepted in report.accepted:
        yield {**_result(accepted.finding), "suppressions": [_suppression(accepted)]}
    for each in report.examined.unevaluated:
        text = f"Could not be evaluated: {each.why} {each.next}"
        yield {"ruleId": each.rule, "kind": "open", "level": "none", **_told(text), **_where(each)}


def _result(finding: Finding) -> Json:
    return {
        "ruleId": finding.id,
        "level": finding.level,
        **_told(f"{finding.message} {finding.next}"),
        **_where(finding),
        "partialFingerprints": {"ruleFileMessage/v1": fingerprint(finding)},
        "properties": {"claim": finding.claim},
    }


def _suppression(accepted: Accepted) -> Json:
    until = f"{accepted.reason} (until {accepted.expires.isoformat()})"
    return {"kind": "external", "status": "accepted", "justification": one_line(until)}


def _told(text: str) -> Json:
    return {"message": {"text": one_line(text)}}


def _where(each: Finding | Unevaluated) -> Json:
    """A place in a file; what stands in no file, such as a chart's default, is a place by name."""
    if each.file.startswith("("):
        return {"locations": [{"logicalLocations": [{"fullyQualifiedName": one_line(each.file)}]}]}
    region = {"startLine": max(each.line, 1), "startColumn": max(each.column, 1)}
    return {"locations": [{"physicalLocation": {"artifactLocation": _artifact(each.file), "region": region}}]}


def _artifact(file: str) -> Json:
    """Relative wherever the file lies below the folder of the call, so that a repository can show it."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    if path.is_absolute():
        return {"uri": f"file://{_escaped(path.as_posix())}"}
    return {"uri": _escaped(same_path(str(path))), "uriBaseId": _ROOT}


def _escaped(path: str) -> str:
    return quote(path, errors="surrogateescape")


def _descriptor(row: Row | None, identity: str) -> Json:
    if row is None:
        return {"id": identity}
    cited = f"Claim {row.claim}" + (f"; failure modes {', '.join(row.modes)}" if row.modes else "")
    return {
        "id": identity,
        "shortDescription": {"text": _sentence(row.what)},
        "fullDescription": {"text": f"{_sentence(row.what)} {cited}."},
        "help": {"text": f"See {row.help}.", "markdown": f"See [{row.help}]({row.help})."},
        "defaultConfiguration": {"level": row.level},
        "properties": {"tags": [row.claim, *row.modes]},
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
