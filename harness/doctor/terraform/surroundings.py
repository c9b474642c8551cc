"""What a plan's keys and parameters have to do with its tasks: who names them, who reads them, where Sombra runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.doctor.effective import NotInTheFiles, Source
from harness.doctor.reading import Stated, stated_text
from harness.doctor.terraform.change import Changes
from harness.doctor.terraform.configured import ModuleCall
from harness.doctor.terraform.keys import KEYS, PlannedKey
from harness.doctor.terraform.module import LOCAL, Unpicked
from harness.doctor.terraform.parameters import changed
from harness.doctor.terraform.plan_file import Plan
from harness.doctor.terraform.tasks import Task

_ARN, _REGION = "AWS_KMS_KEY_ARN", "AWS_REGION"


def planned_keys(plan: Plan, changes: Changes, found: tuple[Task, ...], after: Source | None) -> Iterator[PlannedKey]:
    """The KMS keys among some changes; `after` is the environment of the cutover as other files tell it."""
    environments = [state.environment for task in found for state in (task.before, task.after) if state is not None]
    named = frozenset(known for each in environments if (known := _value(each, _ARN)).startswith("arn:aws:kms:"))
    is_known = all(":key/" in arn for arn in named)  # an alias may be any of them
    calls = [call for call in plan.configuration.calls if call.declares(LOCAL)]
    for change in changes.of(*KEYS):
        call = next((each for each in calls if change.module.startswith(each.address)), None)
        name = change.node.text_at("name") or ""
        region = plan.configuration.region(change.module, change.kind, name)
        yield PlannedKey(change, named if is_known else frozenset(), call, region, _runs_in(found, call, after))


def _runs_in(found: tuple[Task, ...], call: ModuleCall | None, after: Source | None) -> Stated[str] | None:
    """The region that Sombra is told after the apply; None when nothing says it."""
    sources: list[Source] = [task.after.environment for task in found if task.after is not None]
    for source in (*sources, *((after,) if after is not None else ())):
        if region := _value(source, _REGION):
            return Stated(region, source.place(_REGION))
    return stated_text(call.argument("aws_region").node) if call is not None else None


def unpicked(plan: Plan, found: tuple[Task, ...]) -> Iterator[Unpicked]:
    """Changed values that a task reads whose definition stays as it is."""
    turned = dict(changed(plan.changes))
    for task in found:
        if task.after is not None and task.change.actions <= {"no-op", "read"}:
            read = (setting.place for setting in task.after.environment.settings.values())
            yield from (Unpicked(turned[place], place, task.after.name) for place in read if place in turned)


def role_names(roles: Iterable[Stated[str] | None]) -> frozenset[str]:
    """The names in the ARNs of roles."""
    return frozenset(
        each.value.rpartition("/")[2] for each in roles if each is not None and each.value.startswith("arn:")
    )


def _value(source: Source, name: str) -> str:
    try:
        return source.variables.get(name, "")
    except NotInTheFiles:
        return ""
