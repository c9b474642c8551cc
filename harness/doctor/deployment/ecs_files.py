"""What ECS documents keep running: containers of task definitions, replaced as their service says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.doctor.deployment.layers import Layers, as_text
from harness.doctor.deployment.workload import Replacement, Workload, role_of
from harness.doctor.reading import FileFault, Node, Place, Stated, stated_int, stated_text

_HEALTHY, _MOST = "minimumHealthyPercent", "maximumPercent"


def ecs_workloads(documents: Sequence[Node]) -> Iterator[Workload]:
    """The Sombra container of every task definition, else its first, with the service that runs it."""
    services = [service for each in documents for service in _services(each)]
    tasks = [task for each in documents if (task := _task(each)) is not None]
    if not tasks:
        raise FileFault(documents[0].place, "no task definition", "give the JSON of `describe-task-definition`")
    for task in tasks:
        containers = task.at("containerDefinitions")
        read = [ecs_workload(node, task=task, services=services) for node in (containers or task).elements()]
        if read:
            yield next((each for each in read if each.role != "other"), read[0])


def ecs_workload(container: Node, *, task: Node, services: Sequence[Node] = ()) -> Workload:
    """One container definition; `task` holds the role, and `services` how it is replaced."""
    layers = container_layers(container)
    name = as_text(container.at("name"))
    service = next((each for each in services if _runs(each, task)), None)
    role = task.at("taskRoleArn")
    replicas = stated_int(service.at("desiredCount")) if service is not None else None
    image = stated_text(container.at("image"))
    return Workload(
        platform="ECS",
        kind="task definition",
        name=as_text(task.at("family")) or name,
        role=role_of(name, image.value if image else "", layers.settings),
        place=task.place,
        environment=layers.effective((container.at("environment") or container).place),
        replacement=_replacement(service, task),
        replicas=replicas or Stated(1, task.place),
        image=image,
        service_account=stated_text(role),
        cloud_role=stated_text(role),
        grace_s=stated_int(container.at("stopTimeout")),
        odd=tuple(layers.odd),
    )


Secret = Callable[[Node], tuple[str | None, Place, str]]
"""What an entry of `secrets` yields: the value, its place, and why there is none."""


def _elsewhere(entry: Node) -> tuple[str | None, Place, str]:
    return None, entry.place, ""


def container_layers(container: Node, secret: Secret = _elsewhere) -> Layers:
    """Files first, `environment` over them; a secret is known only where the task runs, or where `secret` knows it."""
    layers = Layers()
    for entry in _elements(container, "environmentFiles"):
        layers.leave_open(entry.place)
    for entry in _elements(container, "environment"):
        value = entry.at("value")
        layers.lay(as_text(entry.at("name")), as_text(value), (value or entry).place, "environment")
    for entry in _elements(container, "secrets"):
        text, place, why = secret(entry)
        layers.lay(as_text(entry.at("name")), text, place, "secrets", why=why)
    return layers


def _replacement(service: Node | None, task: Node) -> Replacement:
    """Without a service file it is open."""
    if service is None:
        return Replacement(None, task.place, "not in the files")
    stated = service.at("deploymentConfiguration")
    healthy = stated_int(stated.at(_HEALTHY)) if stated is not None else None
    most = stated_int(stated.at(_MOST)) if stated is not None else None
    return replaced_within(healthy, most, (stated or service).place)


def replaced_within(healthy: Stated[int] | None, most: Stated[int] | None, place: Place) -> Replacement:
    """Without figures ECS keeps all old tasks until new ones run."""
    lowest, highest = (healthy.value if healthy else 100), (most.value if most else 200)
    return Replacement(lowest > 0 or highest > 100, place, f"{_HEALTHY} {lowest}, {_MOST} {highest}")


def _task(document: Node) -> Node | None:
    inner = document.at("taskDefinition")
    task = inner if inner is not None and inner.is_mapping else document
    return task if task.at("containerDefinitions") is not None else None


def _services(document: Node) -> Iterator[Node]:
    several, one = document.at("services"), document.at("service")
    if several is not None:
        yield from several.elements()
    elif one is not None and one.is_mapping:
        yield one
    elif document.at("containerDefinitions") is None and document.text_at("taskDefinition") is not None:
        yield document


def _runs(service: Node, task: Node) -> bool:
    """Whether a service names this family, by ARN or by name and revision."""
    named = (service.text_at("taskDefinition") or "").rpartition("/")[2].partition(":")[0]
    family = as_text(task.at("family"))
    return not named or not family or named == family


def _elements(container: Node, name: str) -> tuple[Node, ...]:
    found = container.at(name)
    return tuple(found.elements()) if found is not None else ()
