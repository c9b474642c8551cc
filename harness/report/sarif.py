"""Findings as SARIF 2.1.0 results, at places in the operator's own files; and a whole run as such a log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from harness.report.characters import one_line
from harness.report.fingerprint import fingerprint, same_path
from harness.run import Finding, Run
from harness.verdict import Outcome, Result

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "SRCROOT"
_DISTRIBUTION = "sombra-rehearsal"

Json = dict[str, Any]


class Placed(Protocol):
    """What stands somewhere in a file, or in something that is no file and is named in brackets."""

    @property
    def file(self) -> str:
        """A path, or a name in brackets."""
        ...

    @property
    def line(self) -> int:
        """From 1."""
        ...

    @property
    def column(self) -> int:
        """From 1."""
        ...


def sarif(run: Run) -> str:
    """A judged run: what was found in the files, and each claim or check that failed or could not be judged."""
    claims = (
        {"ruleId": name, **_KINDS[claim.result], **told(f"{claim.title}: {claim.why}")}
        for name, claim in run.claims.items()
        if claim.result in _KINDS
    )
    results = [*map(result, run.findings), *claims]
    rules = {name: {"id": name, "shortDescription": {"text": claim.title}} for name, claim in run.claims.items()}
    said = {"verdict": run.verdict, "reason": one_line(run.reason), "scenario": run.scenario}
    return log("sombra-rehearsal", results, rules=rules, done=run.verdict is not Outcome.INCONCLUSIVE, properties=said)


_KINDS: Mapping[Result, Json] = {
    Result.FAIL: {"kind": "fail", "level": "error"},
    Result.UNKNOWN: {"kind": "open", "level": "none"},
}


def log(
    tool: str,
    results: Sequence[Json],
    *,
    rules: Mapping[str, Json],
    done: bool,
    code: int | None = None,
    properties: Json | None = None,
) -> str:
    """One SARIF run of a tool; rules are described where a result names them, and `done` is false after a failure."""
    used = sorted({str(each["ruleId"]) for each in results})
    for each in results:
        each["ruleIndex"] = used.index(each["ruleId"])
    described = [rules.get(identity, {"id": identity}) for identity in used]
    invocation: Json = {"executionSuccessful": done, **({} if code is None else {"exitCode": code})}
    run = {
        "tool": {"driver": {"name": tool, "version": version(_DISTRIBUTION), "rules": described}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder the command was run in."}}},
        "invocations": [invocation],
        "results": results,
        **({} if properties is None else {"properties": properties}),
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def result(finding: Finding) -> Json:
    """A finding with its place, and what stays the same about it while lines move."""
    return {
        "ruleId": finding.id,
        "level": finding.level,
        **told(f"{finding.message} {finding.next}"),
        **where(finding),
        "partialFingerprints": {"ruleFileMessage/v1": fingerprint(finding)},
        "properties": {"claim": finding.claim},
    }


def told(text: str) -> Json:
    """The message of a result."""
    return {"message": {"text": one_line(text)}}


def where(each: Placed) -> Json:
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
