"""Which tasks a plan keeps running, today and after the apply, each with its effective environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.doctor.deployment.ecs_files import Secret, container_layers, replaced_within
from harness.doctor.deployment.layers import Layers, as_text
from harness.doctor.deployment.workload import Replacement, Workload, role_of
from harness.doctor.effective import Setting
from harness.doctor.reading import Node, Place, Stated, json_inside, stated_int, stated_text
from harness.doctor.terraform.change import Change, number_of, of_kind, text_of
from harness.doctor.terraform.parameters import Parameters, State

_DEFINITIONS = "container_definitions"
_BLUE_GREEN = frozenset({"CODE_DEPLOY", "EXTERNAL", "BLUE_GREEN", "CANARY", "LINEAR"})
_ROLE = "task_role_arn"


@dataclass(frozen=True)
class Task:
    """A task definition of a plan in its two states; `is_foreseen` when its environment after the apply is known."""

    change: Change
    before: Workload | None
    after: Workload | None
    is_foreseen: bool = True


def tasks(changes: tuple[Change, ...]) -> Iterator[Task]:
    """Every task definition with a container that can be seen in one of its states."""
    for change in of_kind(changes, "aws_ecs_task_definition"):
        surroundings = _Surroundings(changes, change)
        before = surroundings.workload("before")
        if change.is_unknown(_DEFINITIONS):
            yield Task(change, before, surroundings.unforeseen(before), is_foreseen=False)
        else:
            yield Task(change, before, surroundings.workload("after"))


@dataclass(frozen=True)
class _Surroundings:
    """What else the plan says about one task definition: its service, its scaling, its secrets."""

    changes: tuple[Change, ...]
    task: Change

    def workload(self, state: State) -> Workload | None:
        """The Sombra container in one state, else the first; raises `FileFault` where the definitions are no JSON."""
        node = self._node(state)
        definitions = node.at(_DEFINITIONS) if node is not None else None
        if node is None or definitions is None or definitions.text is None:
            return None
        secret = self._secrets(state)
        listed = [self._container(each, node, secret) for each in json_inside(definitions).elements()]
        return next((each for each in listed if each.role != "other"), listed[0] if listed else None)

    def unforeseen(self, today: Workload | None) -> Workload | None:
        """The same container with what is known of it beforehand: its secrets, where the plan holds them."""
        definitions = self.task.before.at(_DEFINITIONS) if self.task.before is not None else None
        if today is None or definitions is None:
            return None
        open_question = self.task.not_yet(_DEFINITIONS)
        place, why = open_question.place or self.task.place, str(open_question)
        foreseen = self._secrets("after")
        settings = {name: Setting(None, place, "Terraform", why=why) for name in today.environment.settings}
        for container in json_inside(definitions).elements():
            listed = container.at("secrets")
            for entry in listed.elements() if listed is not None else ():
                name, (value, at, unknown) = as_text(entry.at("name")), foreseen(entry)
                if name in settings:
                    settings[name] = Setting(value, at, "secrets", why=unknown)
        environment = replace(today.environment, settings=settings, elsewhere=place)
        return replace(today, environment=environment, **self._running("after"))

    def _container(self, container: Node, node: Node, secret: Secret) -> Workload:
        layers: Layers = container_layers(container, secret)
        name, image = as_text(container.at("name")), stated_text(container.at("image"))
        bare = Workload(
            platform="ECS",
            kind="task definition",
            name=text_of(node.at("family")) or name,
            role=role_of(name, image.value if image else "", layers.settings),
            place=self.task.place,
            environment=layers.effective((container.at("environment") or container).place),
            replacement=Replacement(None, self.task.place, "not in the plan"),
            replicas=Stated(1, self.task.place),
            image=image,
            grace_s=stated_int(container.at("stopTimeout")),
            odd=tuple(layers.odd),
        )
        return replace(bare, **self._running("after" if self.task.after is not None else "before"))

    def _running(self, state: State) -> dict[str, object]:
        """How the task is run: as what, by how many, and how one gives way to another."""
        service = self._service()
        node = _state(service, state) if service is not None else None
        role = self._role(state)
        found: dict[str, object] = {"service_account": role, "cloud_role": role, "autoscaling": self._autoscaler(node)}
        if service is not None and node is not None:
            found["replacement"] = _replacement(service, node)
            found["replicas"] = number_of(node.at("desired_count")) or Stated(1, service.place)
        return found

    def _role(self, state: State) -> Stated[str] | None:
        if state == "after" and self.task.is_unknown(_ROLE):
            return Stated("(known after the apply)", self.task.place)
        node = self._node(state)
        return stated_text(node.at(_ROLE)) if node is not None else None

    def _service(self) -> Change | None:
        """The service that names this family, else the one beside it."""
        services = [each for each in of_kind(self.changes, "aws_ecs_service") if (each.after or each.before) is not None]
        family = text_of((self.task.after or self.task.before or self.task.node).at("family"))
        named = [each for each in services if family and _family(each) == family]
        beside = [each for each in services if each.module == self.task.module and not _family(each)]
        return next(iter((*named, *beside)), None)

    def _autoscaler(self, service: Node | None) -> Place | None:
        name = text_of(service.at("name")) if service is not None else ""
        for change in of_kind(self.changes, "aws_appautoscaling_target"):
            node = change.after or change.before
            target = text_of(node.at("resource_id")) if node is not None else ""
            if node is None or text_of(node.at("service_namespace")) not in {"ecs", ""}:
                continue
            if not target or not name or target.rpartition("/")[2] == name:
                return change.place
        return None

    def _secrets(self, state: State) -> Secret:
        parameters = Parameters.of(self.changes, state)

        def secret(entry: Node) -> tuple[str | None, Place, str]:
            held = parameters.value(text_of(entry.at("valueFrom")))
            if held is None:
                return None, entry.place, ""
            why = f"the value of {held.owner.address} is not in the plan" if held.value is None else ""
            return held.value, held.place, why

        return secret

    def _node(self, state: State) -> Node | None:
        return _state(self.task, state)


def _state(change: Change, state: State) -> Node | None:
    return change.before if state == "before" else change.after


def _family(service: Change) -> str:
    """The family a service names; one that is known only after the apply is the one it names today."""
    for node in (service.after, service.before):
        named = text_of(node.at("task_definition")) if node is not None else ""
        if named:
            return named.rpartition("/")[2].partition(":")[0]
    return ""


def _replacement(service: Change, node: Node) -> Replacement:
    healthy, most = "deployment_minimum_healthy_percent", "deployment_maximum_percent"
    if service.is_unknown(healthy) or service.is_unknown(most):
        return Replacement(None, service.place, "known only after the apply")
    for road in (("deployment_controller", 0, "type"), ("deployment_configuration", 0, "strategy")):
        stated = node.at(*road)
        if stated is not None and stated.text in _BLUE_GREEN:
            return Replacement(overlaps=True, place=stated.place, how=f"{road[0]} {stated.text}")
    figures = number_of(node.at(healthy)), number_of(node.at(most))
    return replaced_within(*figures, next((each.place for each in figures if each is not None), service.place))
