"""Which rules there are, and the order in which their findings are told: errors first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.doctor import aws, keys, provider, retention, scalars, variables
from harness.doctor.effective import FromEnvFile, Source, rolled_back
from harness.doctor.rule import Boot, Cutover, CutoverRule, FileRule, Part, Unevaluated
from harness.environment import EnvFile
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


@dataclass(frozen=True, slots=True)
class Examined:
    """What the rules saw, errors first, and which of them could not be answered."""

    findings: tuple[Finding, ...] = ()
    unevaluated: tuple[Unevaluated, ...] = ()

    @classmethod
    def of(cls, seen: Iterable[Finding | Unevaluated]) -> Examined:
        """Sort what rules gave; the same thing is told once."""
        told = list(dict.fromkeys(seen))
        findings = [each for each in told if isinstance(each, Finding)]
        open_questions = tuple(each for each in told if isinstance(each, Unevaluated))
        return cls(tuple(sorted(findings, key=lambda finding: _WEIGHT[finding.level])), open_questions)


def examine(before: EnvFile, after: EnvFile, rollback: EnvFile | None = None) -> tuple[Finding, ...]:
    """Look at the three env files of a migration; without a rollback file the guide's own one counts.

    Errors come first, then warnings, then notes; the same finding is told once.
    """
    back = None if rollback is None else FromEnvFile(rollback)
    return Examined.of(look_at(FromEnvFile(before), FromEnvFile(after), back)).findings


def look_at(before: Source | None, after: Source | None, rollback: Source | None = None) -> list[Finding | Unevaluated]:
    """Every rule on every environment that was given; rules about the cutover need before and after."""
    given: dict[Part, Source | None] = {"before": before, "after": after, "rollback": rollback}
    boots = {part: Boot(part, source) for part, source in given.items() if source is not None}
    seen: list[Finding | Unevaluated] = []
    for boot in boots.values():
        seen.extend(boot.source.findings)
        seen.extend(each for rule in FILE_RULES for each in rule.findings(boot))
    if before is not None and after is not None:
        back = boots.get("rollback") or Boot("rollback", rolled_back(after))
        cutover = Cutover(boots["before"], boots["after"], back, rollback_is_default=rollback is None)
        seen.extend(each for rule in CUTOVER_RULES for each in rule.findings(cutover))
    return seen


def refuses_start(file: EnvFile) -> tuple[Finding, ...]:
    """Only what makes a gateway refuse to start with this file (claims.md, "Start-up"); empty when it starts."""
    boot = Boot("after", FromEnvFile(file))
    return Examined.of(each for rule in FILE_RULES if rule.refuses for each in rule.findings(boot)).findings
