"""A policy as it stands in somebody's file: what it says, where each statement stands, and what AWS would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from harness.doctor.reading import Node, Place, json_inside
from harness.targets.policies import Kind, MalformedPolicy, Policy, Problem, Statement, read_policy

_ROADS: tuple[tuple[str, ...], ...] = (("PolicyVersion", "Document"), ("PolicyDocument",), ("Policy",), ("Document",))
_ARN = re.compile(r"arn:aws[a-z-]*:[A-Za-z0-9:/_+=,.@*?-]{1,300}")
_SID = re.compile(r"[A-Za-z0-9 _-]{1,64}")


@dataclass(frozen=True)
class PolicyDocument:
    """One document of the caller or of the key; `owner` is what a message calls it.

    `read` is None for a malformed one, whose `problems` are complete; `unsettled` says why a part of it is not known.
    """

    kind: Kind
    node: Node
    owner: str
    read: Policy | None = field(repr=False, default=None)
    problems: tuple[Problem, ...] = ()
    unsettled: str = ""

    @classmethod
    def of(cls, node: Node, kind: Kind, owner: str, *, unsettled: str = "") -> PolicyDocument:
        """Read a document; raises `FileFault` when it is nested too deep."""
        try:
            policy = read_policy(node.plain(), name=str(node.place), kind=kind)
        except MalformedPolicy as malformed:
            return cls(kind, node, owner, problems=malformed.problems)
        return cls(kind, node, owner, policy, unsettled=unsettled)

    @property
    def name(self) -> str:
        """What tells it from all others: its place."""
        return str(self.node.place)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Its statements, none of a malformed one."""
        return self.read.statements if self.read is not None else ()

    @cached_property
    def names_kms(self) -> bool:
        """Whether it can have to do with a KMS at all."""
        patterns = (pattern.lower() for each in self.statements for pattern in each.action.patterns)
        return bool(self.problems) or any(pattern.startswith(("*", "k", "?")) for pattern in patterns)

    def place(self, pointer: str) -> Place:
        """Where a JSON pointer leads, or as far as it leads."""
        return self._at(pointer)[0].place

    def texts(self, statement: Statement, element: str) -> Iterator[tuple[str, Place]]:
        """The texts of an element such as `Resource`, each with its place; none when it is not there."""
        node, is_there = self._at(f"{statement.path}/{element}")
        for each in (node, *node.elements()) if is_there else ():
            if each.text is not None:
                yield each.text, each.place

    def _at(self, pointer: str) -> tuple[Node, bool]:
        here = self.node
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            below = here.at(name) if here.is_mapping else here.at(int(name)) if name.isdigit() else None
            if below is None:
                return here, False
            here = below
        return here, True


def unwrapped(node: Node) -> Node:
    """The document in what a command of the AWS CLI prints, else the node itself; raises `FileFault`."""
    if not node.is_mapping or node.at("Statement") is not None:
        return node
    found = next((each for road in _ROADS if (each := node.at(*road)) is not None), node)
    return json_inside(found) if found.text is not None else found


def shown_arn(text: str) -> str:
    """An ARN or a pattern of one, unless it may be something else."""
    return text if text == "*" or _ARN.fullmatch(text) else "something that is no ARN"


def label(statement: Statement) -> str:
    """How a statement is called at the beginning of a message."""
    if statement.sid and _SID.fullmatch(statement.sid):
        return f"Statement {statement.sid}"
    number = statement.path.rpartition("/")[2]
    return f"Statement {int(number) + 1}" if number.isdigit() else "The statement"
