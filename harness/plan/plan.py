"""The whole plan as a value: made of what was read, rendered by others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.doctor.command import Report, report_on
from harness.doctor.effective import NotInTheFiles, Source
from harness.doctor.inputs import Inputs, Reading
from harness.environment import Environment, facts, is_shown
from harness.plan.configuration import Configuration
from harness.plan.difference import Difference, difference
from harness.plan.platforms import PLATFORMS, Files
from harness.plan.points import PointOfNoReturn, points_of_no_return
from harness.plan.preparation import preparation
from harness.plan.step import Step
from harness.plan.survival import Survival, survival
from harness.plan.switching import switching

_PORTS = {"INTERNAL_PORT_HTTP": "5039", "EXTERNAL_PORT_HTTP": "5042"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What an operator takes into the window; `report` is what the doctor says of the same files."""

    deployment: str
    rollback_is_default: bool
    report: Report
    difference: Difference
    survival: Survival
    points: tuple[PointOfNoReturn, ...]
    steps: tuple[Step, ...]


def plan_for(inputs: Inputs, reading: Reading, *, inventory: Mapping[str, int], deployment: str | None = None) -> Plan:
    """Make the plan; raises `PartMissing` without an environment before and one after."""
    configuration = Configuration.of(reading)
    files = _files(inputs, configuration.sources["after"], kms_keys=tuple(reading.kms_keys))
    name = deployment or _guessed(inputs)
    platform = PLATFORMS[name](files)
    fate = survival(configuration, inventory)
    return Plan(
        name,
        configuration.rollback_is_default,
        report_on(reading),
        difference(configuration),
        fate,
        points_of_no_return(configuration, fate),
        (*preparation(platform, files), *switching(platform, new_key=_new_key(configuration))),
    )


def _guessed(inputs: Inputs) -> str:
    """The platform whose documents were given; env files alone are docker's own."""
    kinds = {
        "values": "kubernetes",
        "manifests": "kubernetes",
        "compose": "compose",
        "tfplan": "terraform",
        "ecs": "ecs",
    }
    return next((name for kind, name in kinds.items() if inputs.documents.get(kind)), "docker")


def _files(inputs: Inputs, after: Source, *, kms_keys: tuple[str, ...]) -> Files:
    internal, external = (_port(after, name) for name in _PORTS)
    given = {kind: inputs.documents.get(kind, ()) for kind in ("values", "manifests", "compose", "ecs")}
    return Files(
        inputs.before,
        inputs.after,
        inputs.rollback,
        **given,
        internal_port=internal,
        external_port=external,
        documents=inputs.documents,
        kms_keys=kms_keys,
        cloud=tuple(_cloud(after)),
    )


def _cloud(after: Source) -> Iterator[tuple[str, str]]:
    """What the environment says of the cloud KMS, as far as it may be shown and is known."""
    for name in ("KMS_PROVIDER", *sorted(each for each in after.variables if each.startswith("AWS_"))):
        try:
            value = after.variables.get(name)
        except NotInTheFiles:
            continue
        if value is not None and is_shown(name):
            yield name, str(facts(Environment("after", {name: value}, ""))["shown"][name])


def _port(after: Source, name: str) -> str:
    """What the environment says, where that is a port."""
    try:
        value = after.variables.get(name, "")
    except NotInTheFiles:
        value = ""
    return value if value.isascii() and value.isdigit() and len(value) <= len("65535") else _PORTS[name]


def _new_key(configuration: Configuration) -> str:
    return next((key for key, name in configuration.key_names().items() if name == "new"), "")
