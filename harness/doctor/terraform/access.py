"""Which policies of a plan are about Sombra: those on its role and on its key, also where parts are not known yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.doctor.policies import Policies, PolicyDocument
from harness.doctor.reading import Node, json_inside
from harness.doctor.terraform.change import Change, Changes, text_of
from harness.doctor.terraform.keys import PlannedKey
from harness.targets.policies import Kind

_OWN = ("aws_iam_policy", "aws_iam_role_policy")
_ATTACHMENTS = (
    "aws_iam_role_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
)
_NOT_YET = "arn:aws:kms:${known-after-the-apply}"
_UNSETTLED = "a part of {} is known only after the apply"


def policies_of(changes: Changes, keys: tuple[PlannedKey, ...], roles: frozenset[str]) -> Policies:
    """The policies after the apply; `roles` are the names of the roles that Sombra runs as, as far as they are known.

    A key of the plan without a policy of its own has AWS's default one.
    """
    holders = _holders(changes)
    mine = [each for each in changes.of(*_OWN) if not _is_of_others(each, holders, roles)]
    sources = list(changes.of("aws_iam_policy_document"))
    modules = {each.module for each in mine if each.is_unknown("policy")} if mine else {each.module for each in sources}
    identity = [document for each in mine for document in _identity(each)]
    generated = [document for each in sources if each.module in modules for document in _generated(each)]
    put_on = {each.module: each for each in changes.of("aws_kms_key_policy")}
    own = [document for key in keys for document in _key(key, put_on.get(key.change.module))]
    return Policies([*identity, *generated, *own], is_key_default=bool(keys))


def _identity(change: Change) -> Iterator[PolicyDocument]:
    """A managed or an inline policy that mentions KMS; one that is not known yet is told by what it is made of."""
    stated = None if change.is_unknown("policy") or change.after is None else change.after.at("policy")
    if stated is not None and stated.text is not None:
        document = PolicyDocument.of(json_inside(stated), Kind.IDENTITY, change.address)
        if document.names_kms:
            yield document


def _holders(changes: Changes) -> dict[str, set[str]]:
    """The roles that a policy is put on, by its ARN."""
    found: dict[str, set[str]] = {}
    for attachment in changes.of(*_ATTACHMENTS):
        node = attachment.after or attachment.before
        if node is not None:
            found.setdefault(text_of(node.at("policy_arn")), set()).add(text_of(node.at("role")))
    return found


def _is_of_others(change: Change, holders: dict[str, set[str]], roles: frozenset[str]) -> bool:
    """Whether the plan puts a policy on other roles alone."""
    if not roles or change.after is None:
        return False
    if change.kind == "aws_iam_role_policy":
        return text_of(change.after.at("role")) not in {"", *roles}
    held = holders.get(text_of(change.after.at("arn")) or "(not known)", set())
    return bool(held) and not held & {"", *roles}


def _generated(data: Change) -> Iterator[PolicyDocument]:
    """A document that Terraform puts together from statements, unknown parts left open."""
    listed = data.after.at("statement") if data.kind == "aws_iam_policy_document" and data.after is not None else None
    if data.after is None or listed is None:
        return
    statements = [_Statement(data, number, node) for number, node in enumerate(listed.elements())]
    if any(each.is_for_others for each in statements):
        return  # a trust policy, or one of a key
    content = {
        "Version": Node("2012-10-17", lambda: data.place),
        "Statement": Node([each.node() for each in statements], lambda: listed.place),
    }
    unsettled = _UNSETTLED.format(data.address) if any(each.is_open for each in statements) else ""
    document = PolicyDocument.of(Node(content, lambda: listed.place), Kind.IDENTITY, data.address, unsettled=unsettled)
    if document.names_kms:
        yield document


class _Statement:
    """One statement of `aws_iam_policy_document`, in the words of IAM."""

    def __init__(self, data: Change, number: int, stated: Node) -> None:
        self._data, self._number, self._stated = data, number, stated

    @property
    def is_for_others(self) -> bool:
        """Whether it names principals."""
        return any(self._list(name) for name in ("principals", "not_principals"))

    @property
    def is_open(self) -> bool:
        """Whether a part of it is known only after the apply."""
        return any(None in self._texts(name) for name in ("actions", "not_actions", "resources", "not_resources"))

    def node(self) -> Node:
        """The statement with its places."""
        found: dict[str, Node] = {"Effect": self._made("effect", text_of(self._stated.at("effect")) or "Allow")}
        if sid := re.sub(r"[^A-Za-z0-9]", "", text_of(self._stated.at("sid"))):
            found["Sid"] = self._made("sid", sid)
        for name, element, unknown in (
            ("actions", "Action", "kms:*"),
            ("not_actions", "NotAction", "kms:*"),
            ("resources", "Resource", _NOT_YET),
            ("not_resources", "NotResource", _NOT_YET),
        ):
            if texts := self._texts(name):
                stated = self._stated.at(name)
                entries = list(stated.elements()) if stated is not None else []
                found[element] = self._made(
                    name, [Node(text or unknown, entry.locate) for text, entry in zip(texts, entries, strict=True)]
                )
        if conditions := self._conditions():
            found["Condition"] = self._made("condition", conditions)
        return Node(found, self._stated.locate)

    def _conditions(self) -> dict[str, Node]:
        made: dict[str, dict[str, Node]] = {}
        for condition in self._list("condition"):
            operator, key = text_of(condition.at("test")), text_of(condition.at("variable"))
            values = condition.at("values")
            listed = [Node(each.text or "", each.locate) for each in (values.elements() if values is not None else ())]
            made.setdefault(operator, {})[key] = Node(listed, condition.locate)
        return {operator: self._made("condition", keys) for operator, keys in made.items()}

    def _texts(self, name: str) -> list[str | None]:
        if self._data.is_unknown("statement", self._number, name):
            return [None]
        return [each.text for each in self._list(name)]

    def _list(self, name: str) -> list[Node]:
        stated = self._stated.at(name)
        return list(stated.elements()) if stated is not None else []

    def _made(self, name: str, content: object) -> Node:
        return Node(content, (self._stated.at(name) or self._stated).locate)  # type: ignore[arg-type]


def _key(key: PlannedKey, put_on: Change | None) -> Iterator[PolicyDocument]:
    """The policy of a key that stays, its own or one that is put on it."""
    stated = None if key.change.is_unknown("policy") or key.change.after is None else key.change.after.at("policy")
    if put_on is not None and put_on.after is not None and not put_on.is_unknown("policy"):
        stated = put_on.after.at("policy")
    if stated is not None and stated.text:
        yield PolicyDocument.of(json_inside(stated), Kind.KEY, f"the policy of {key.change.address}")
