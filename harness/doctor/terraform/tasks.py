"""Which tasks a plan keeps running, today and after the apply, each with its effective environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.doctor.deployment.ecs_files import Secret, container_layers
from harness.doctor.deployment.layers import as_text
from harness.doctor.deployment.workload import Replacement, Workload, role_of
from harness.doctor.effective import Setting, Source
from harness.doctor.reading import Node, Place, Stated, json_inside, stated_int, stated_text
from harness.doctor.terraform.change import Change, Changes, text_of
from harness.doctor.terraform.parameters import Parameters, State
from harness.doctor.terraform.services import Services

_DEFINITIONS = "container_definitions"


@dataclass(frozen=True)
class Task:
    """A task definition of a plan in its two states."""

    change: Change
    before: Workload | None
    after: Workload | None


def tasks(changes: Changes, announced: Source | None = None) -> Iterator[Task]:
    """Every task definition with a container that can be seen; raises `FileFault` where its definitions are no JSON.

    `announced` is the environment of the cutover as the operator's own file tells it: it stands for what a plan does
    not know yet.
    """
    before, after = Parameters.of(changes, "before"), Parameters.of(changes, "after")
    services = Services(changes)
    for change in changes.of("aws_ecs_task_definition"):
        today = _workload(change, "before", _secrets(before))
        if change.is_unknown(_DEFINITIONS):
            then = _unforeseen(today, change, _secrets(after), announced) if today is not None else None
        else:
            then = _workload(change, "after", _secrets(after))
        yield Task(change, today, services.run(then, change) if then is not None else None)


def _workload(change: Change, state: State, secret: Secret) -> Workload | None:
    """The Sombra container in one state, else the first."""
    node = change.before if state == "before" else change.after
    definitions = node.at(_DEFINITIONS) if node is not None else None
    if node is None or definitions is None or definitions.text is None:
        return None
    listed = [_container(each, node, change, secret) for each in json_inside(definitions).elements()]
    return next((each for each in listed if each.role != "other"), listed[0] if listed else None)


def _container(container: Node, node: Node, change: Change, secret: Secret) -> Workload:
    layers = container_layers(container, secret)
    name, image = as_text(container.at("name")), stated_text(container.at("image"))
    return Workload(
        platform="ECS",
        kind="task definition",
        name=text_of(node.at("family")) or name,
        role=role_of(name, image.value if image else "", layers.settings),
        place=change.place,
        environment=layers.effective((container.at("environment") or container).place),
        replacement=Replacement(None, change.place, "not in the plan"),
        replicas=Stated(1, change.place),
        image=image,
        grace_s=stated_int(container.at("stopTimeout")),
        odd=tuple(layers.odd),
    )


def _unforeseen(today: Workload, change: Change, secret: Secret, announced: Source | None) -> Workload:
    """The same container with what is known of it beforehand: its secrets, where the plan holds them, and a file."""
    open_question = change.not_yet(_DEFINITIONS)
    place, why = open_question.place or change.place, str(open_question)
    settings = {name: Setting(None, place, "Terraform", why=why) for name in today.environment.settings}
    if announced is not None:
        known = announced.variables.items()
        settings = {name: Setting(value, announced.place(name), "the env file") for name, value in known}
    for entry in _secret_entries(change):
        name, (value, at, unknown) = as_text(entry.at("name")), secret(entry)
        if name in today.environment.settings and value is not None:
            settings[name] = Setting(value, at, "secrets", why=unknown)
    elsewhere = place if announced is None else None
    return replace(today, environment=replace(today.environment, settings=settings, elsewhere=elsewhere))


def _secret_entries(change: Change) -> Iterator[Node]:
    """What the containers take from secrets today."""
    definitions = change.before.at(_DEFINITIONS) if change.before is not None else None
    for container in json_inside(definitions).elements() if definitions is not None else ():
        listed = container.at("secrets")
        yield from listed.elements() if listed is not None else ()


def _secrets(parameters: Parameters) -> Secret:
    def secret(entry: Node) -> tuple[str | None, Place, str]:
        held = parameters.value(text_of(entry.at("valueFrom")))
        if held is None:
            return None, entry.place, ""
        why = f"the value of {held.owner.address} is not in the plan" if held.value is None else ""
        return held.value, held.place, why

    return secret
