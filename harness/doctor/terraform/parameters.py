"""Which values the secrets of a task hold: parameters and secrets whose values stand in the plan itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.doctor.reading import Node, Place
from harness.doctor.terraform.change import Change, Changes, text_of

State = Literal["before", "after"]

_KINDS = ("aws_ssm_parameter", "aws_secretsmanager_secret_version")
_PARAMETER = re.compile(r"arn:[a-z0-9-]+:ssm:[a-z0-9-]*:[0-9]*:parameter/?(?P<name>.+)")
_SECRET = re.compile(r"(?P<arn>arn:[a-z0-9-]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::(?P<key>[^:]*))?(?::.*)?")


@dataclass(frozen=True, slots=True)
class Held:
    """A value and its place; None when it is known only after the apply, or is written without being kept."""

    value: str | None = field(repr=False)
    place: Place
    owner: Change


@dataclass(frozen=True)
class Parameters:
    """Every parameter and secret of a plan in one state, by the names a task may use."""

    by_name: Mapping[str, Held] = field(repr=False)

    @classmethod
    def of(cls, changes: Changes, state: State) -> Parameters:
        """Collect them; ARN, name and name without its leading slash are names of a parameter."""
        return cls({name: held for change in changes.of(*_KINDS) for name, held in _named(change, state)})

    def value(self, source: str) -> Held | None:
        """What `valueFrom` yields; None when it is not of this plan."""
        found = self.by_name.get(source)
        if found is not None:
            return found
        parameter = _PARAMETER.fullmatch(source)
        if parameter is not None:
            return self.by_name.get(parameter["name"].lstrip("/"))
        secret = _SECRET.fullmatch(source)
        if secret is None:
            return None
        found = self.by_name.get(secret["arn"])
        return _member(found, secret["key"]) if found is not None and secret["key"] else found


def _named(change: Change, state: State) -> Iterator[tuple[str, Held]]:
    node = change.before if state == "before" else change.after
    if node is None:
        return
    if change.kind == "aws_ssm_parameter":
        held = _held(change, node, state, ("value", "insecure_value"))
        for name in (text_of(node.at("arn")), text_of(node.at("name")), text_of(node.at("name")).lstrip("/")):
            if name:
                yield name, held
    elif change.kind == "aws_secretsmanager_secret_version" and (arn := text_of(node.at("secret_id"))):
        yield arn, _held(change, node, state, ("secret_string",))


def _held(change: Change, node: Node, state: State, names: tuple[str, ...]) -> Held:
    for name in names:
        if state == "after" and change.is_unknown(name):
            continue
        stated = node.at(name)
        if stated is not None and stated.text is not None:
            return Held(stated.text, stated.place, change)
    return Held(None, change.place, change)


def _member(held: Held, key: str) -> Held:
    """One member of a secret that holds a JSON object."""
    try:
        document = json.loads(held.value or "")
    except (ValueError, RecursionError):
        document = None
    found = document.get(key) if isinstance(document, dict) else None
    return Held(found if isinstance(found, str) else None, held.place, held.owner)


def changed(changes: Changes) -> Iterator[tuple[Place, Change]]:
    """The parameters and secrets whose value this plan changes in place, by where the new value stands."""
    for change in changes.of(*_KINDS):
        for name in ("value", "insecure_value", "secret_string"):
            before = change.before.at(name) if change.before is not None else None
            after = change.after.at(name) if change.after is not None else None
            if before is not None and after is not None and before.text != after.text:
                yield after.place, change
