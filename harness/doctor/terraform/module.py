"""How Sombra's module is called: the default that goes back to Local, and a new value that no task picks up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.doctor.reading import Place
from harness.doctor.rule import PlacedSighting, Rule
from harness.doctor.terraform.change import Change, flag_of
from harness.doctor.terraform.configured import Configuration, ModuleCall

LOCAL = "use_local_kms"


@dataclass(frozen=True)
class Called:
    """A call of Sombra's module in its configuration."""

    call: ModuleCall
    configuration: Configuration


@dataclass(frozen=True, slots=True)
class Unpicked:
    """A secret of a task whose value the plan changes while the task stays as it is."""

    change: Change
    place: Place
    task: str


def _by_default(called: Called) -> Iterator[PlacedSighting]:
    argument = called.call.argument(LOCAL)
    action = f"Write {LOCAL} = false into the module's call itself before the key exists."
    if argument.origin == "default" and flag_of(argument.node) is not False:
        message = f"{called.call.address} does not set {LOCAL}, whose default is true: Local KMS, and no KMS key."
        yield PlacedSighting(called.call.place, message, action)
    elif argument.origin == "variable" and flag_of(called.configuration.root_default(argument.source)) is True:
        message = (
            f"{LOCAL} of {called.call.address} is the variable {argument.source}, whose default is true: a run without"
            " it goes back to Local KMS and deletes the key."
        )
        yield PlacedSighting(called.call.place, message, action)


def _unpicked(unpicked: Unpicked) -> Iterator[PlacedSighting]:
    message = (
        f"{unpicked.change.address} changes, but task definition {unpicked.task} does not: what runs keeps the old"
        " value."
    )
    action = "Start the tasks anew after the apply: aws ecs update-service --force-new-deployment, from zero tasks."
    yield PlacedSighting(unpicked.place, message, action)


CALL_RULES: tuple[Rule[Called], ...] = (
    Rule("use-local-kms-default", "warning", "D-08", "the module's default is Local", _by_default, modes=("F19",)),
)
SECRET_RULES: tuple[Rule[Unpicked], ...] = (
    Rule("parameter-without-restart", "warning", "G-14", "a new value restarts nothing", _unpicked, modes=("F27",)),
)
