"""How a plan runs a task: as which role, by how many, scaled by what, and how one task gives way to another."""

from __future__ import annotations

from dataclasses import replace

from harness.doctor.deployment.ecs_files import replaced_within
from harness.doctor.deployment.workload import Replacement, Workload
from harness.doctor.reading import Node, Place, Stated, stated_text
from harness.doctor.terraform.change import Change, number_of, of_kind, text_of

_ROLE = "task_role_arn"
_HEALTHY, _MOST = "deployment_minimum_healthy_percent", "deployment_maximum_percent"
_BLUE_GREEN = frozenset({"CODE_DEPLOY", "EXTERNAL", "BLUE_GREEN", "CANARY", "LINEAR"})


def as_it_runs(workload: Workload, task: Change, changes: tuple[Change, ...]) -> Workload:
    """The same with what its service, its scaling and its role say of it after the apply."""
    role = _role(task)
    service = _service(task, changes)
    node = (service.after or service.before) if service is not None else None
    bare = replace(workload, service_account=role, cloud_role=role, autoscaling=_autoscaler(node, changes))
    if service is None or node is None:
        return bare
    replicas = number_of(node.at("desired_count")) or Stated(1, service.place)
    return replace(bare, replacement=_replacement(service, node), replicas=replicas)


def _role(task: Change) -> Stated[str] | None:
    if task.after is not None and task.is_unknown(_ROLE):
        return Stated("(known after the apply)", task.place)
    node = task.after or task.before
    return stated_text(node.at(_ROLE)) if node is not None else None


def _service(task: Change, changes: tuple[Change, ...]) -> Change | None:
    """The service that names this family, else the one beside it."""
    services = [
        each for each in of_kind(changes, "aws_ecs_service") if each.after is not None or each.before is not None
    ]
    family = text_of((task.after or task.before or task.node).at("family"))
    named = [each for each in services if family and _family(each) == family]
    beside = [each for each in services if each.module == task.module and not _family(each)]
    return next(iter((*named, *beside)), None)


def _family(service: Change) -> str:
    """The family a service names; one that is known only after the apply is the one it names today."""
    for node in (service.after, service.before):
        named = text_of(node.at("task_definition")) if node is not None else ""
        if named:
            return named.rpartition("/")[2].partition(":")[0]
    return ""


def _autoscaler(service: Node | None, changes: tuple[Change, ...]) -> Place | None:
    name = text_of(service.at("name")) if service is not None else ""
    for change in of_kind(changes, "aws_appautoscaling_target"):
        node = change.after or change.before
        if node is None or text_of(node.at("service_namespace")) not in {"ecs", ""}:
            continue
        target = text_of(node.at("resource_id"))
        if not target or not name or target.rpartition("/")[2] == name:
            return change.place
    return None


def _replacement(service: Change, node: Node) -> Replacement:
    if service.is_unknown(_HEALTHY) or service.is_unknown(_MOST):
        return Replacement(None, service.place, "known only after the apply")
    for road in (("deployment_controller", 0, "type"), ("deployment_configuration", 0, "strategy")):
        stated = node.at(*road)
        if stated is not None and stated.text in _BLUE_GREEN:
            return Replacement(overlaps=True, place=stated.place, how=f"{road[0]} {stated.text}")
    healthy, most = number_of(node.at(_HEALTHY)), number_of(node.at(_MOST))
    place = next((each.place for each in (healthy, most) if each is not None), service.place)
    return replaced_within(healthy, most, place)
