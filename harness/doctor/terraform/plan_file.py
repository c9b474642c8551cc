"""How a plan is read: what `terraform show -json` prints of a saved plan, and nothing that only looks like it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.doctor.reading import FileFault, JsonPieces, Node, Place, read
from harness.doctor.reading.file import MIB
from harness.doctor.rule import Unevaluated
from harness.doctor.terraform.change import Change, Changes, text_of
from harness.doctor.terraform.configured import Configuration

LIMIT = 128 * MIB
_MAJORS = frozenset({"0", "1"})
_MOST_CHANGES = 100_000
_PREFIXES = ("aws_kms_", "aws_ecs_", "aws_iam_", "aws_ssm_parameter", "aws_secretsmanager_", "aws_appautoscaling_")
_KEPT = frozenset({"format_version", "variables", "configuration", "errored", "complete", "values"})
_SHOW = "save the plan (terraform plan -out FILE) and give what `terraform show -json FILE` prints"


@dataclass(frozen=True)
class Plan:
    """The parts of a plan that can matter to Sombra: its own resources, and how they are configured."""

    place: Place
    changes: Changes = field(default_factory=Changes)
    drift: Changes = field(default_factory=Changes)
    configuration: Configuration = field(default_factory=Configuration)
    open: tuple[Unevaluated, ...] = ()


def read_plan(path: str) -> Plan:
    """The plan in a file; one of a version that nobody knows holds nothing but that question. Raises `FileFault`."""
    text = read(path, limit=LIMIT, what="Terraform plan as JSON")
    place = Place(path)
    if not text.lstrip().startswith("{"):
        cause = "empty" if not text.strip() else "not the JSON of a Terraform plan"
        raise FileFault(place, cause, _SHOW)
    kept, changes, drift = _parts(JsonPieces(text, path=path))
    if "format_version" not in kept and changes is None and "configuration" not in kept:
        raise FileFault(place, "not the JSON of a Terraform plan", _SHOW)
    if changes is None and "values" in kept:
        raise FileFault(place, "a Terraform state, not a plan", _SHOW)
    opened = tuple(_open_questions(kept, place))
    if any(each.rule == "plan-version" and "format_version" in kept for each in opened):
        return Plan(place, open=opened)
    inputs = kept.get("variables")
    given = {
        name: value
        for name, node in (inputs.items() if inputs is not None else ())
        if (value := node.at("value")) is not None
    }
    return Plan(
        place,
        Changes(tuple(changes or ())),
        Changes(tuple(drift or ())),
        Configuration(kept.get("configuration"), given),
        opened,
    )


def _parts(pieces: JsonPieces) -> tuple[dict[str, Node], list[Change] | None, list[Change] | None]:
    """The kept members of the plan, and its two lists of resources as far as they can matter."""
    kept: dict[str, Node] = {}
    lists: dict[str, list[Change]] = {}
    for name in pieces.names():
        if name in {"resource_changes", "resource_drift"} and pieces.opening == "[":
            lists[name] = _changes(pieces)
        elif name in _KEPT:
            kept[name] = pieces.take()
        else:
            pieces.pass_over()
    pieces.end()
    return kept, lists.get("resource_changes"), lists.get("resource_drift")


def _changes(pieces: JsonPieces) -> list[Change]:
    found: list[Change] = []
    for number in pieces.entries():
        at = pieces.at
        if number >= _MOST_CHANGES:
            raise pieces.source.fault(at, f"more than {_MOST_CHANGES} resources", "plan Sombra's module by itself")
        change = Change(pieces.take())
        if change.kind.startswith(_PREFIXES):
            found.append(change)
    return found


def _open_questions(kept: dict[str, Node], place: Place) -> list[Unevaluated]:
    """What keeps a plan, or a part of it, from being judged."""
    version = kept.get("format_version")
    found = []
    if version is None or text_of(version).partition(".")[0] not in _MAJORS:
        why = (
            "the plan does not say its format" if version is None else "the plan has a format this version cannot read"
        )
        action = "Make it with Terraform 0.12 to 1.x, or use a newer version of this program."
        found.append(_open("plan-version", version.place if version is not None else place, why, action))
    errored, complete = kept.get("errored"), kept.get("complete")
    if errored is not None and errored.content is True:
        found.append(
            _open("plan-incomplete", errored.place, "planning ended with an error, so a part is missing", _AGAIN)
        )
    elif complete is not None and complete.content is False:
        why = "the plan is of a part only (-target, or deferred changes)"
        found.append(_open("plan-incomplete", complete.place, why, _AGAIN))
    return found


_AGAIN = "Plan the whole configuration, without -target and without errors."


def _open(rule: str, place: Place, why: str, action: str) -> Unevaluated:
    return Unevaluated(rule, "D-08", place.file, place.line, f"{why}.", action, place.column)
