"""What Compose files keep running: services with `environment` over their env files, a later file over an earlier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.doctor.deployment.compose_text import env_file_pairs, interpolated, seconds
from harness.doctor.deployment.layers import Layers, as_text
from harness.doctor.deployment.workload import Replacement, Workload, role_of
from harness.doctor.reading import FileFault, Node, Stated, read, stated_int, stated_text
from harness.doctor.reading.file import MIB, is_there

_MOST_ENV_FILES = 64


def compose_workloads(files: Sequence[Node]) -> Iterator[Workload]:
    """The services of all files; the same name is the same service."""
    stated: dict[str, list[Node]] = {}
    for file in files:
        services = file.at("services")
        if services is None or not services.is_mapping:
            raise FileFault(file.place, "no `services`", "give a compose file")
        for name, service in services.items():
            stated.setdefault(name, []).append(service)
    for name, parts in stated.items():
        yield _workload(name, parts)


def _workload(name: str, parts: Sequence[Node]) -> Workload:
    last, layers = parts[-1], _layers(parts)
    image = _image(parts)
    return Workload(
        platform="compose",
        kind="service",
        name=name,
        role=role_of(name, image.value if image else "", layers.settings),
        place=last.place,
        environment=layers.effective((last.at("environment") or last).place),
        replacement=_replacement(parts),
        replicas=_replicas(parts),
        image=image,
        grace_s=_grace(parts),
        odd=tuple(layers.odd),
    )


def _layers(parts: Sequence[Node]) -> Layers:
    layers = Layers()
    for part in parts:
        if (extended := part.at("extends")) is not None:
            layers.leave_open(extended.place)
        _lay_files(layers, part)
    for part in parts:
        for name, node in _environment(part):
            text = None if node.content is None else interpolated(as_text(node))
            layers.lay(name, text, node.place, "environment")
    return layers


def _environment(part: Node) -> Iterator[tuple[str, Node]]:
    """`environment`, as a map or as a list; null is a value of the shell."""
    stated = part.at("environment")
    if stated is None:
        return
    yield from stated.items()
    for entry in stated.elements():
        name, equals, value = as_text(entry).partition("=")
        yield name, Node(value if equals else None, entry.locate)


def _lay_files(layers: Layers, part: Node) -> None:
    stated = part.at("env_file")
    if stated is None:
        return
    entries = (stated,) if stated.text is not None or stated.is_mapping else tuple(stated.elements())
    if len(entries) > _MOST_ENV_FILES:
        raise FileFault(stated.place, f"more than {_MOST_ENV_FILES} env files", "name those that the service needs")
    for entry in entries:
        named = entry if entry.text is not None else entry.at("path") or entry
        path = interpolated(as_text(named))
        required = as_text(entry.at("required")) != "false"
        if path is None:
            layers.leave_open(named.place)
            continue
        there = Path(named.place.file).parent / path
        if not required and not is_there(there):
            continue
        for name, value, place in env_file_pairs(read(there, limit=4 * MIB, what="env file"), path=str(there)):
            layers.lay(name, value, place, "env_file")


def _replacement(parts: Sequence[Node]) -> Replacement:
    """Compose stops the old container first; a swarm may be told to start the new one first."""
    order = _last(parts, "deploy", "update_config", "order")
    if order is not None and order.text == "start-first":
        return Replacement(overlaps=True, place=order.place, how="start-first")
    return Replacement(overlaps=False, place=(order or parts[-1]).place, how="stop-first")


def _replicas(parts: Sequence[Node]) -> Stated[int]:
    stated = stated_int(_last(parts, "deploy", "replicas")) or stated_int(_last(parts, "scale"))
    return stated or Stated(1, parts[-1].place)


def _image(parts: Sequence[Node]) -> Stated[str] | None:
    """The image; one with a variable in it is known only where Compose runs."""
    stated = stated_text(_last(parts, "image"))
    return stated if stated is not None and interpolated(stated.value) is not None else None


def _grace(parts: Sequence[Node]) -> Stated[int] | None:
    stated = stated_text(_last(parts, "stop_grace_period"))
    span = seconds(stated.value) if stated is not None else None
    return Stated(span, stated.place) if stated is not None and span is not None else None


def _last(parts: Sequence[Node], *road: str) -> Node | None:
    """What the last file that states it says."""
    found = [node for part in parts if (node := part.at(*road)) is not None]
    return found[-1] if found else None
