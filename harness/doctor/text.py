"""The doctor's findings for a person and for a program: text, and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from harness.doctor.baseline import Accepted
from harness.doctor.binding import SCHEMA
from harness.doctor.command import Report
from harness.doctor.rule import Unevaluated
from harness.report.characters import one_line
from harness.report.fingerprint import fingerprint
from harness.run import Finding


def as_text(report: Report) -> str:
    """Three lines a finding, what to do about it last; the counts at the end."""
    told = [_paragraph(finding) for finding in report.findings]
    told += [_open(each) for each in _same_question(report.examined.unevaluated)]
    told += [_accepted(each) for each in report.accepted]
    return "".join(told) + _counts(report) + "\n"


def as_json(report: Report) -> str:
    """`findings` as in run.json with a fingerprint each, what stays open, what is accepted, and what binds them."""
    document = {
        "schema": SCHEMA,
        "version": version("sombra-rehearsal"),
        "digests": dict(report.digests),
        "findings": [_finding(each) for each in report.findings],
        "unevaluated": [asdict(each) for each in report.examined.unevaluated],
        "accepted": [
            {**_finding(each.finding), "reason": each.reason, "expires": each.expires.isoformat()}
            for each in report.accepted
        ],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    # A path that is not UTF-8 holds lone surrogates; written out they are JSON's own escapes.
    return text.encode(errors="backslashreplace").decode()


def _finding(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "fingerprint": fingerprint(finding)}


def _paragraph(finding: Finding) -> str:
    head = f"{finding.level:<7}  {_place(finding)}  {finding.id} ({finding.claim})"
    return f"{head}\n         {one_line(finding.message)}\n         next: {one_line(finding.next)}\n"


def _same_question(unevaluated: Iterable[Unevaluated]) -> Iterable[list[Unevaluated]]:
    """Rules that stay open at one place for one reason are told in one paragraph."""
    grouped: dict[tuple[str, str, str], list[Unevaluated]] = {}
    for each in unevaluated:
        grouped.setdefault((_place(each), each.why, each.next), []).append(each)
    return grouped.values()


def _open(same: Sequence[Unevaluated]) -> str:
    first, rules = same[0], ", ".join(f"{each.rule} ({each.claim})" for each in same)
    head = f"{'open':<7}  {_place(first)}  {rules}"
    return f"{head}\n         could not be evaluated: {one_line(first.why)}\n         next: {one_line(first.next)}\n"


def _accepted(each: Accepted) -> str:
    head = f"accepted {_place(each.finding)}  {each.finding.id} ({each.finding.level}, {each.finding.claim})"
    return f"{head}\n         until {each.expires.isoformat()}: {one_line(each.reason)}\n"


def _place(each: Finding | Unevaluated) -> str:
    return one_line(f"{each.file}:{each.line}:{each.column}")


def _counts(report: Report) -> str:
    levels = [finding.level for finding in report.findings]
    counted = [_count(levels.count(level), level) for level in ("error", "warning", "note")]
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    return f"doctor: {', '.join(counted)}, {len(report.examined.unevaluated)} not evaluated{accepted}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
