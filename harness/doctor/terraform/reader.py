"""What `--tfplan` makes of plans: environments in their parts, the rules about keys and modules, and the policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from harness.doctor.deployment.examination import examine_fleet, no_gateway
from harness.doctor.deployment.workload import Workload
from harness.doctor.effective import FromEnvFile, NotInTheFiles
from harness.doctor.inputs import Reading
from harness.doctor.reading import FileFault
from harness.doctor.rule import AWS, LOCAL, Part, Rule, Unevaluated
from harness.doctor.terraform.access import policies_of
from harness.doctor.terraform.keys import ALIAS_RULES, DRIFT_RULES, KEY_RULES, PlannedKey
from harness.doctor.terraform.module import CALL_RULES, SECRET_RULES, Called
from harness.doctor.terraform.module import LOCAL as USE_LOCAL
from harness.doctor.terraform.plan_file import Plan, read_plan
from harness.doctor.terraform.surroundings import planned_keys, role_names, unpicked
from harness.doctor.terraform.tasks import Task, tasks
from harness.run import Finding


def plans(paths: tuple[str, ...], reading: Reading) -> None:
    """Every plan by itself; one that cannot be used hides no other."""
    for path in paths:
        try:
            _examine(read_plan(path), reading)
        except FileFault as fault:
            reading.refuse(fault)


def _examine(plan: Plan, reading: Reading) -> None:
    reading.seen.extend(plan.open)
    after = reading.first("after")
    announced = after if isinstance(after, FromEnvFile) else None
    found = tuple(task for task in tasks(plan.changes, announced) if _runs_sombra(task))
    _lay_out(found, reading)
    keys = tuple(planned_keys(plan, plan.changes, found, after))
    reading.kms_keys.extend(key.change.address for key in keys if key.may_be_sombras)
    drifted = planned_keys(plan, plan.drift, found, None)
    aliases = (PlannedKey(change) for change in plan.changes.of("aws_kms_alias"))
    calls = (Called(call, plan.configuration) for call in plan.configuration.calls if call.declares(USE_LOCAL))
    for rules, subjects in (
        (KEY_RULES, keys),
        (DRIFT_RULES, drifted),
        (ALIAS_RULES, aliases),
        (CALL_RULES, calls),
        (SECRET_RULES, unpicked(plan, found)),
    ):
        reading.seen.extend(_put(rules, subjects))
    roles = role_names(task.after.cloud_role for task in found if task.after is not None)
    policies = policies_of(plan.changes, keys, roles)
    if policies.documents:
        reading.planned.append(policies)
    elif not keys and not found and not plan.open:
        reading.seen.append(no_gateway(plan.place))


def _put(rules: tuple[Rule[Any], ...], subjects: Iterable[object]) -> Iterator[Finding | Unevaluated]:
    return (seen for subject in subjects for rule in rules for seen in rule.findings(subject))


def _runs_sombra(task: Task) -> bool:
    return any(state is not None and state.role != "other" for state in (task.before, task.after))


def _lay_out(found: tuple[Task, ...], reading: Reading) -> None:
    """The states of the tasks as environments; a plan that leads from AWS to Local is the rollback."""
    goes_back = any(_provider(task.before) == AWS and _provider(task.after) == LOCAL for task in found)
    today: Part = "after" if goes_back else "before"
    for task in found:
        # What runs under AWS today is no beginning of a migration to AWS.
        if task.before is not None and (goes_back or _provider(task.before) != AWS):
            reading.add(today, task.before.environment)
    afterwards = tuple(task.after for task in found if task.after is not None)
    examine_fleet(afterwards, reading, part="rollback" if goes_back else "after")


def _provider(workload: Workload | None) -> str | None:
    try:
        return workload.after.provider if workload is not None else None
    except NotInTheFiles:
        return None
