"""Reports of the doctor made by hand, one of each kind of entry."""

from __future__ import annotations

from datetime import date

from harness.doctor.baseline import Accepted
from harness.doctor.command import Report
from harness.doctor.examination import Examined
from harness.doctor.rule import Unevaluated
from harness.run import Finding


def finding(identity: str = "region-mismatch", *, level: str = "error", file: str = "after.env", line: int = 3,
            message: str = "The two disagree.") -> Finding:  # fmt: skip
    """One finding; only what a test cares about differs."""
    assert level in {"error", "warning", "note"}
    return Finding(identity, level, "G-09", file, line, message, "Make them agree.", 5)  # type: ignore[arg-type]


def unevaluated(rule: str = "key-missing", *, file: str = "values.yaml") -> Unevaluated:
    """One open question."""
    return Unevaluated(rule, "G-12", file, 7, "the value is not in the files.", "Give the Secret.", 3)


def report(*seen: Finding | Unevaluated, unusable: tuple[Finding, ...] = (),
           accepted: tuple[Accepted, ...] = ()) -> Report:  # fmt: skip
    """These entries as a report."""
    return Report(Examined.of(seen), unusable, accepted)


def accepted(*, identity: str = "static-credentials", reason: str = "the role comes next week") -> Accepted:
    """An accepted warning."""
    return Accepted(finding(identity, level="warning"), reason, date(2027, 1, 31))
