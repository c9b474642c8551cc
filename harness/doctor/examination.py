"""Which rules there are, and the order in which their findings are told: errors first."""

from __future__ import annotations

from collections.abc import Iterable

from harness.doctor import aws, keys, provider, retention, scalars, variables
from harness.doctor.rule import Boot, Cutover, CutoverRule, FileRule
from harness.environment import EnvFile, default_rollback
from harness.run import Finding

FILE_RULES: tuple[FileRule, ...] = (
    *provider.FILE_RULES,
    *variables.FILE_RULES,
    *keys.RULES,
    *aws.RULES,
    *scalars.RULES,
)
CUTOVER_RULES: tuple[CutoverRule, ...] = (
    *provider.CUTOVER_RULES,
    *retention.RULES,
    *variables.CUTOVER_RULES,
)

_WEIGHT = {"error": 0, "warning": 1, "note": 2}


def examine(before: EnvFile, after: EnvFile, rollback: EnvFile | None = None) -> tuple[Finding, ...]:
    """Look at the three environments of a migration; without a rollback file the guide's own one counts.

    Errors come first, then warnings, then notes; the same finding is told once.
    """
    cutover = Cutover(
        Boot.of("before", before),
        Boot.of("after", after),
        Boot.of("rollback", default_rollback(after) if rollback is None else rollback),
        rollback_is_default=rollback is None,
    )
    found: list[Finding] = []
    given = (cutover.before, cutover.after) + (() if rollback is None else (cutover.rollback,))
    for boot in given:
        found.extend(boot.file.findings)
        found.extend(finding for rule in FILE_RULES for finding in rule.findings(boot))
    found.extend(finding for rule in CUTOVER_RULES for finding in rule.findings(cutover))
    return _in_order(found)


def refuses_start(file: EnvFile) -> tuple[Finding, ...]:
    """Only what makes a gateway refuse to start with this file (claims.md, "Start-up"); empty when it starts."""
    boot = Boot.of("after", file)
    return _in_order(finding for rule in FILE_RULES if rule.refuses for finding in rule.findings(boot))


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: _WEIGHT[finding.level]))
