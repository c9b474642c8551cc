"""How a history becomes a Run: every check once, every claim from its checks, one verdict. Pure."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from harness import checks as check_modules
from harness.checks.check import APART, CHECKS, Check, Evidence
from harness.claims import CLAIMS, EXEMPT
from harness.history import TRUNK, History
from harness.run import CheckRecord, ClaimRecord, Config, Finding, Run, StepRecord, Window
from harness.survival import survival
from harness.verdict import Outcome, Result, Verdict, unknown, worst

DISTRIBUTION = "sombra-rehearsal"
_MOST_EVIDENCE = 40  # numbers of events in the record of a claim


@dataclass(frozen=True, slots=True)
class Frame:
    """What a run was made with."""

    scenario: str
    target: str
    kms: str
    seed: int
    started_at: str
    config: Config
    findings: tuple[Finding, ...] = ()
    checks: tuple[str, ...] = field(default=())


def known() -> Mapping[str, Check]:
    """Every check there is, by id: those of the table, and those that judge scenario files alone."""
    return {**table(), **APART}


def table() -> Mapping[str, Check]:
    """Every check that judges what the guide does, by id."""
    for module in pkgutil.iter_modules(check_modules.__path__):
        importlib.import_module(f"{check_modules.__name__}.{module.name}")
    return dict(sorted(CHECKS.items(), key=_module))  # whoever imported a module of checks first


def _module(entry: tuple[str, Check]) -> str:
    return entry[1].judge.__module__


def judge(frame: Frame, history: History) -> Run:
    """Judge a history; a check that raises is unknown, never a pass."""
    every = known()
    planned = [every[name] for name in (frame.checks or table())]
    evidence = Evidence(history)
    records = tuple(_record(check, evidence) for check in planned)
    claims = _claims(records, frame.findings, history)
    outcome, reason = _verdict(records, claims, frame.findings, history)
    return Run(
        version=version(DISTRIBUTION),
        scenario=frame.scenario,
        target=frame.target,
        kms=frame.kms,
        seed=frame.seed,
        verdict=outcome,
        reason=reason,
        duration_s=round(history.events[-1].at, 3) if history.events else 0.0,
        started_at=frame.started_at,
        config=frame.config,
        window=_window(history),
        checks=records,
        claims=claims,
        survival=survival(history),
        findings=frame.findings,
        checks_planned=len(planned),
        error_rates=_error_rates(history),
        worlds=history.worlds(),
    )


def verdict_of(check: Check, evidence: Evidence) -> Verdict:
    """What a check says; one that raises is unknown."""
    try:
        return check.verdict(evidence)
    except Exception as error:  # noqa: BLE001  a broken check must not end the judgement, nor pass
        return unknown(f"the check itself failed: {type(error).__name__}: {error}")


def _record(check: Check, evidence: Evidence) -> CheckRecord:
    verdict = verdict_of(check, evidence)
    worlds = check.worlds or (TRUNK,)
    return CheckRecord(check.id, check.title, check.claims, verdict.result, verdict.why, verdict.evidence, worlds)


def _claims(records: Sequence[CheckRecord], findings: Sequence[Finding], history: History) -> dict[str, ClaimRecord]:
    """Every claim from its checks; one that an error in the operator's files breaks has failed, whatever was tried."""
    citing: dict[str, list[CheckRecord]] = defaultdict(list)
    for record in records:
        for claim in record.claims:
            citing[claim].append(record)
    broken = {
        finding.claim: finding for finding in reversed(findings) if finding.level == "error" and finding.claim in CLAIMS
    }
    seen = tuple(event.n for event in history.of("doctor"))
    claims = {claim: _claim(claim, title, citing.get(claim, [])) for claim, title in CLAIMS.items()}
    for claim, finding in broken.items():
        known = claims[claim]
        why = f"{finding.file}:{finding.line}: {finding.message}"
        claims[claim] = replace(known, result=Result.FAIL, why=why, evidence=(*seen, *known.evidence)[:_MOST_EVIDENCE])
    return claims


def _claim(claim: str, title: str, cited: Sequence[CheckRecord]) -> ClaimRecord:
    if not cited:
        exempt = next((each for each in EXEMPT if each.claim == claim), None)
        why = f"{exempt.reason} ({exempt.issue})" if exempt else "not part of this scenario"
        return ClaimRecord(Result.NOT_RUN, why, (), (), title)
    result = worst(record.result for record in cited)
    deciding = [record for record in cited if record.result == result]
    first = min(record.claims.index(claim) for record in deciding)
    why = "; ".join(record.why for record in deciding if record.claims.index(claim) == first)
    evidence = tuple(dict.fromkeys(n for record in cited for n in record.evidence))[:_MOST_EVIDENCE]
    return ClaimRecord(result, why, tuple(record.id for record in cited), evidence, title)


def _verdict(
    records: Sequence[CheckRecord],
    claims: Mapping[str, ClaimRecord],
    findings: Iterable[Finding],
    history: History,
) -> tuple[Outcome, str]:
    if not records:
        return Outcome.INCONCLUSIVE, "no check was executed"
    failed = [claim for claim, record in claims.items() if record.result is Result.FAIL]
    errors = [finding for finding in findings if finding.level == "error"]
    if failed or errors:
        named = sorted({*failed, *(finding.claim for finding in errors)})
        first = errors[0].message if errors else claims[failed[0]].why  # what stands in a file explains what follows
        return Outcome.NO_GO, f"{', '.join(named)}: {first}"
    ended = history.of("scenario-ended", world=TRUNK)
    if history.of("interrupted") or not ended:
        return Outcome.INCONCLUSIVE, "the run was interrupted, or its history is cut short"
    if ended[-1]["outcome"] != "ok":
        return Outcome.INCONCLUSIVE, f"the scenario did not come to its end: {ended[-1]['why']}"
    unknowns = [record for record in records if record.result is not Result.PASS]
    if unknowns:
        return Outcome.INCONCLUSIVE, f"{len(unknowns)} checks could not be evaluated, first {unknowns[0].id}"
    return Outcome.GO, f"all {len(records)} checks passed"


def _window(history: History) -> Window:
    budgets = history.of("budget")
    steps = tuple(
        StepRecord(
            event["step"],
            event["title"],
            tuple(event["claims"]),
            event["outcome"],
            event["duration_s"],
            event["declared_s"],
            event["point_of_no_return"],
            event["in_window"],
        )
        for event in history.of("step-ended", world=TRUNK)
    )
    inside = [step for step in steps if step.in_window]
    return Window(
        budget_s=float(budgets[0]["seconds"]) if budgets else 0.0,
        used_s=round(sum(step.duration_s for step in inside), 4),
        declared_s=sum(step.declared_s for step in inside),
        steps=steps,
    )


def _error_rates(history: History) -> dict[str, dict[str, int]]:
    rates: dict[str, Counter[str]] = defaultdict(Counter)
    for event in history.of("probe", world=TRUNK):
        if not event["readable"]:
            rates[event["moment"]][event["cause"]] += 1
    return {moment: dict(causes) for moment, causes in rates.items()}
