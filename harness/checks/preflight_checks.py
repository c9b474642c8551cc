"""What the doctor must say of the public chart's and the public Terraform module's defaults: this, there, no more."""

from __future__ import annotations

from collections.abc import Mapping

from harness.checks.check import Evidence, check
from harness.verdict import Verdict, failed, passed, unknown

WORLD = "preflight"

Told = tuple[str, str, str, int]
"""Level, rule, claim and line."""

CHART: Mapping[str, tuple[Told, ...]] = {
    "chart-defaults.yaml": (
        ("error", "internal-key-hash-missing", "G-19", 11),
        ("error", "key-not-base64", "G-12", 9),
        ("error", "placeholder-key", "G-14", 9),  # F30
        ("note", "long-grace-period", "G-15", 28),  # F29
        ("warning", "image-floating", "G-19", 5),  # F31
        ("warning", "probe-shared", "D-07", 27),  # F32
        ("warning", "rolling-update", "D-07", 1),  # F26
        ("warning", "secret-without-checksum", "D-07", 8),  # F27
    )
}
"""The chart as it is delivered, with a placeholder for a key."""

MODULE: Mapping[str, tuple[Told, ...]] = {
    "terraform-cutover.json": (
        ("note", "aws-left-over", "D-01", 301),  # F35: no hybrid, and no error
        ("note", "default-rollback", "D-01", 319),
        ("note", "old-key-is-the-rollback", "D-02", 171),
        ("note", "tunnel", "G-02", 217),  # F34
        ("warning", "image-floating", "G-19", 301),  # F31
        ("warning", "policy-wide", "G-09", 29),
        ("warning", "rolling-update", "D-07", 265),  # F26
    ),
    "terraform-rollback.json": (
        ("error", "kms-key-destroyed", "D-08", 121),  # F19
        ("note", "aws-left-over", "D-01", 312),  # F35
        ("note", "tunnel", "G-02", 215),  # F34
        ("warning", "image-floating", "G-19", 312),  # F31
        ("warning", "permission-errors-hidden", "D-06", 299),  # F11
        ("warning", "policy-wide", "G-09", 29),
        ("warning", "rolling-update", "D-07", 263),  # F26
    ),
}
"""The module's plan from Local to AWS, and its plan back."""


@check(
    "chart-traps-told",
    "The doctor finds what the chart's default values are known for",
    "D-07",
    worlds=(WORLD,),
)
def chart_traps_told(evidence: Evidence) -> Verdict:
    """Rolling update, shared probes, no restart on a changed Secret: each with its line."""
    return _compared(evidence, CHART)


@check(
    "key-deletion-told",
    "The doctor finds in the module's plans what they do, and stops the one that deletes the KMS key",
    "D-08",
    "D-01",
    worlds=(WORLD,),
)
def key_deletion_told(evidence: Evidence) -> Verdict:
    """An error on the way back and none on the way there; `local` with an empty ARN is neither."""
    return _compared(evidence, MODULE)


def _compared(evidence: Evidence, predicted: Mapping[str, tuple[Told, ...]]) -> Verdict:
    seen: list[int] = []
    for sample, wanted in predicted.items():
        events = evidence.of("preflight", world=WORLD, sample=sample)
        if not events:
            return unknown(f"{sample} was not examined")
        told = [tuple(each) for each in events[0]["findings"]]
        missing, surplus = sorted(set(wanted) - set(told)), sorted(set(told) - set(wanted))
        if missing or surplus or len(told) != len(wanted):
            return failed(f"{sample}: {_difference(missing, surplus)}", [events[0].n])
        if any(each[0] == "error" for each in wanted) != (events[0]["exit_code"] == 1):
            return failed(f"{sample}: the exit code is {events[0]['exit_code']}", [events[0].n])
        seen.append(events[0].n)
    return passed(f"exactly the {sum(map(len, predicted.values()))} findings that are known, each at its line", seen)


def _difference(missing: list[Told], surplus: list[Told]) -> str:
    parts = [
        f"{what} {', '.join(f'{each[1]} ({each[0]}, line {each[3]})' for each in entries)}"
        for what, entries in (("not told:", missing), ("told besides:", surplus))
        if entries
    ]
    return "; ".join(parts) or "a finding is told twice"
