"""Which policies of a plan are about Sombra: those on its role and on its key, also where parts are not known yet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.doctor.policies import Policies, PolicyDocument
from harness.doctor.reading import Node, json_inside
from harness.doctor.terraform.change import Change, of_kind, text_of
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


def policies_of(changes: tuple[Change, ...], keys: tuple[PlannedKey, ...], roles: frozenset[str]) -> Policies:
    """The policies after the apply; `roles` are the names of the roles that Sombra runs as, as far as they are known.

    A key of the plan without a policy of its own has AWS's default one.
    """
    identity = [each for change in of_kind(changes, *_OWN) for each in _identity(changes, change, roles)]
    generated = [] if identity else [each for change in changes for each in _generated(change)]
    documents = [*identity, *generated, *(each for key in keys for each in _key(changes, key))]
    return Policies(documents, is_key_default=bool(keys))


def _identity(changes: tuple[Change, ...], change: Change, roles: frozenset[str]) -> Iterator[PolicyDocument]:
    """A managed or an inline policy that mentions KMS; one that the plan puts on other roles alone is not Sombra's."""
    if change.after is None or _is_of_others(changes, change, roles):
        return
    if change.is_unknown("policy"):
        yield from (each for data in _sources(changes, change) for each in _generated(data))
        return
    stated = change.after.at("policy")
    if stated is not None and stated.text is not None:
        document = PolicyDocument.of(json_inside(stated), Kind.IDENTITY, change.address)
        if document.names_kms:
            yield document


def _is_of_others(changes: tuple[Change, ...], change: Change, roles: frozenset[str]) -> bool:
    if not roles or change.after is None:
        return False
    if change.kind == "aws_iam_role_policy":
        return text_of(change.after.at("role")) not in {"", *roles}
    arn, holders = text_of(change.after.at("arn")), set()
    for attachment in of_kind(changes, *_ATTACHMENTS):
        node = attachment.after or attachment.before
        if arn and node is not None and text_of(node.at("policy_arn")) == arn:
            holders.add(text_of(node.at("role")))
    return bool(holders) and not holders & {"", *roles}


def _sources(changes: tuple[Change, ...], change: Change) -> Iterator[Change]:
    """The policy documents beside a policy whose text is not known yet."""
    return (each for each in of_kind(changes, "aws_iam_policy_document") if each.module == change.module)


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


def _key(changes: tuple[Change, ...], key: PlannedKey) -> Iterator[PolicyDocument]:
    """The policy of a key that stays, its own or one that is put on it."""
    stated = None if key.change.is_unknown("policy") or key.change.after is None else key.change.after.at("policy")
    for change in of_kind(changes, "aws_kms_key_policy"):
        if change.after is not None and not change.is_unknown("policy") and change.module == key.change.module:
            stated = change.after.at("policy")
    if stated is not None and stated.text:
        yield PolicyDocument.of(json_inside(stated), Kind.KEY, f"the policy of {key.change.address}")
