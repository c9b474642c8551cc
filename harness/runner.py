"""How a scenario is run: doctor, a fresh world, the steps, the judgement; the only place with a loop over them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO

from harness.doctor.examination import examine
from harness.environment import EnvFile, Environment, digest, facts
from harness.history import History
from harness.judge import Frame, judge
from harness.progress import Progress
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.run import Config, Finding, Run
from harness.runbook import Runbook, Scenario
from harness.target import AnswerLacks, Secrets, Target, TargetFailed, WorldPlan

DEFAULT_ACCOUNT = "111122223333"
_KEY_STORE = re.compile("cks-[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to rehearse with: the operator's files or generated ones, and the knobs of the command line."""

    before: EnvFile
    after: EnvFile
    rollback: EnvFile
    rollback_is_default: bool = True
    seed: int = 1
    requests: int = 48
    budget_s: float = 7200.0
    kms: str = "moto+strict"
    faults: str = ""
    remarks: tuple[Finding, ...] = ()  # findings about the files that were made before the run

    @property
    def files(self) -> Mapping[str, EnvFile]:
        """By name."""
        return {"before": self.before, "after": self.after, "rollback": self.rollback}


@dataclass(slots=True)
class Rehearsed:
    """A judged run and the history it rests on."""

    run: Run
    history: History = field(repr=False)


def rehearse(
    scenario: Scenario, plan: Plan, *, target: Target, progress: Progress, journal: TextIO | None = None
) -> Rehearsed:
    """Run one scenario and judge it; Ctrl-C stops the world, keeps the history and is told to the caller."""
    history = History(journal)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    seen = examine(plan.before, plan.after, None if plan.rollback_is_default else plan.rollback)
    findings = tuple(dict.fromkeys((*seen, *plan.remarks)))
    history.append("trunk", "run", scenario=scenario.name, seed=plan.seed, target=target.name, kms=plan.kms)
    history.append("trunk", "budget", seconds=plan.budget_s)
    history.append("trunk", "doctor", findings=[dataclasses.asdict(finding) for finding in findings])
    secrets = Secrets.fresh()
    world = target.open(world_plan(plan, secrets))
    overlay: Mapping[str, str] = {}
    try:
        overlay = world.overlay()
        environments = {name: file.variables for name, file in plan.files.items()}
        r = Rehearsal(world, history, environments, secrets, progress, requests=plan.requests, faults=plan.faults)
        _run(scenario, r, plan)
    except (KeyboardInterrupt, TargetFailed) as ending:
        history.append("trunk", "interrupted", why=str(ending))
        raise
    finally:
        world.close()
    frame = Frame(
        scenario.name, target.name, plan.kms, plan.seed, started, _config(plan, overlay), findings, scenario.checks
    )
    return Rehearsed(judge(frame, history), history)


def world_plan(plan: Plan, secrets: Secrets) -> WorldPlan:
    """A world whose KMS holds exactly the key and the key store that `--after` names (protocol.md)."""
    arn = plan.after.variables.get("AWS_KMS_KEY_ARN", "")
    parts = arn.split(":")
    known = len(parts) == 6 and parts[5].startswith("key/") and parts[4].isdigit()
    store = plan.after.variables.get("AWS_KMS_CUSTOM_KEY_STORE_ID", "")
    stores = (store,) if _KEY_STORE.fullmatch(store) else ()
    return WorldPlan((arn,) if known else (), parts[4] if known else DEFAULT_ACCOUNT, secrets, stores)


def _run(scenario: Scenario, r: Rehearsal, plan: Plan) -> None:
    try:
        scenario(Runbook(r, plan.seed))
        r.record("scenario-ended", outcome="ok", why="")
    except (StepFailed, AnswerLacks) as failure:
        r.record("scenario-ended", outcome="failed", why=str(failure))
        r.read_logs()
        r.heal()


def _config(plan: Plan, overlay: Mapping[str, str]) -> Config:
    environments = [Environment(name, file.variables, file.path) for name, file in plan.files.items()]
    known = {each.name: facts(each) for each in environments}
    secret = ("AWS_", "FAKE_SOMBRA_INGRESS_SECRET")
    shown = {name: "(rehearsal)" if name.startswith(secret) else value for name, value in overlay.items()}
    return Config(digest(environments), known["before"], known["after"], known["rollback"], shown)


__all__ = ["DEFAULT_ACCOUNT", "Plan", "Rehearsed", "rehearse", "world_plan"]
