"""The doctor's report as SARIF 2.1.0: findings, open questions and what is accepted, each rule with its help."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.baseline import Accepted
from harness.doctor.command import UNUSABLE, Report
from harness.doctor.table import BY_ID, Row
from harness.report.characters import one_line
from harness.report.sarif import Json, log, result, told, where


def as_sarif(report: Report) -> str:
    """One run; what could not be evaluated is a result of kind `open`, what is accepted a suppressed one."""
    rules = {identity: _descriptor(row) for identity, row in BY_ID.items()}
    code = report.exit_code
    return log("sombra-rehearsal doctor", [*_results(report)], rules=rules, done=code != UNUSABLE, code=code)


def _results(report: Report) -> Iterator[Json]:
    for finding in report.findings:
        yield result(finding)
    for accepted in report.accepted:
        yield {**result(accepted.finding), "suppressions": [_suppression(accepted)]}
    for each in report.examined.unevaluated:
        text = f"Could not be evaluated: {each.why} {each.next}"
        yield {"ruleId": each.rule, "kind": "open", "level": "none", **told(text), **where(each)}


def _suppression(accepted: Accepted) -> Json:
    until = f"{accepted.reason} (until {accepted.expires.isoformat()})"
    return {"kind": "external", "status": "accepted", "justification": one_line(until)}


def _descriptor(row: Row) -> Json:
    cited = f"Claim {row.claim}" + (f"; failure modes {', '.join(row.modes)}" if row.modes else "")
    return {
        "id": row.id,
        "shortDescription": {"text": _sentence(row.what)},
        "fullDescription": {"text": f"{_sentence(row.what)} {cited}."},
        "help": {"text": f"See {row.help}.", "markdown": f"See [{row.help}]({row.help})."},
        "defaultConfiguration": {"level": row.level},
        "properties": {"tags": [row.claim, *row.modes]},
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
