"""How a plan runs a task: as which role, by how many, scaled by what, and how one task gives way to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from harness.doctor.deployment.ecs_files import replaced_within
from harness.doctor.deployment.workload import Replacement, Workload
from harness.doctor.reading import Node, Place, Stated, stated_text
from harness.doctor.terraform.change import Change, Changes, number_of, text_of

_ROLE = "task_role_arn"
_HEALTHY, _MOST = "deployment_minimum_healthy_percent", "deployment_maximum_percent"
_BLUE_GREEN = frozenset({"CODE_DEPLOY", "EXTERNAL", "BLUE_GREEN", "CANARY", "LINEAR"})


@dataclass(frozen=True)
class Services:
    """Every service and every scalable target of a plan."""

    changes: Changes

    def run(self, workload: Workload, task: Change) -> Workload:
        """The same with what its service, its scaling and its role say of it after the apply."""
        role = _role(task)
        service = self._of(task)
        node = (service.after or service.before) if service is not None else None
        bare = replace(workload, service_account=role, cloud_role=role, autoscaling=self._scaler(node))
        if service is None or node is None:
            return bare
        replicas = number_of(node.at("desired_count")) or Stated(1, service.place)
        return replace(bare, replacement=_replacement(service, node), replicas=replicas)

    def _of(self, task: Change) -> Change | None:
        """The service that names this family, else the one beside it."""
        family = text_of((task.after or task.before or task.node).at("family"))
        return self._by_family.get(family) or self._beside.get(task.module)

    def _scaler(self, service: Node | None) -> Place | None:
        """What scales a service; a target or a service whose name is not known may be it."""
        name = text_of(service.at("name")) if service is not None else ""
        named = self._scalers.get(name) if name else next(iter(self._scalers.values()), None)
        return named or self._scalers.get("")

    @cached_property
    def _by_family(self) -> dict[str, Change]:
        found = ((_family(each), each) for each in self.changes.of("aws_ecs_service"))
        return {family: each for family, each in found if family}

    @cached_property
    def _beside(self) -> dict[str, Change]:
        """By module, where they do not say what they run."""
        services = self.changes.of("aws_ecs_service")
        return {each.module: each for each in services if not _family(each) and (each.after or each.before) is not None}

    @cached_property
    def _scalers(self) -> dict[str, Place]:
        """By the name of the service they scale, empty when that is not known."""
        found: dict[str, Place] = {}
        for change in self.changes.of("aws_appautoscaling_target"):
            node = change.after or change.before
            if node is not None and text_of(node.at("service_namespace")) in {"ecs", ""}:
                found[text_of(node.at("resource_id")).rpartition("/")[2]] = change.place
        return found


def _role(task: Change) -> Stated[str] | None:
    if task.after is not None and task.is_unknown(_ROLE):
        return Stated("(known after the apply)", task.place)
    node = task.after or task.before
    return stated_text(node.at(_ROLE)) if node is not None else None


def _family(service: Change) -> str:
    """The family a service names; one that is known only after the apply is the one it names today."""
    for node in (service.after, service.before):
        named = text_of(node.at("task_definition")) if node is not None else ""
        if named:
            return named.rpartition("/")[2].partition(":")[0]
    return ""


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
