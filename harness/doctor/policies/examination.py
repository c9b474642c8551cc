"""Which policies belong to which question, and what all rules about them say once every file has been read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.doctor.effective import NotInTheFiles, Source
from harness.doctor.policies.access import Access, answers
from harness.doctor.policies.breadth import ACCESS_RULES, DOCUMENT_RULES
from harness.doctor.policies.document import PolicyDocument
from harness.doctor.policies.refusals import ANSWER_RULES, Judged
from harness.doctor.reading import Stated
from harness.doctor.rule import Unevaluated
from harness.run import Finding
from harness.targets.policies import Kind, Principal

_KEY_ARN = re.compile(r"arn:aws:kms:(?P<region>[a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9_-]+")
_ARN, _REGION = "AWS_KMS_KEY_ARN", "AWS_REGION"


@dataclass(slots=True)
class Policies:
    """The policy documents of one origin: files of the operator, or one plan.

    `is_key_default` when it is known that the key has AWS's default policy.
    """

    documents: list[PolicyDocument] = field(default_factory=list)
    is_key_default: bool = False

    def of(self, kind: Kind) -> tuple[PolicyDocument, ...]:
        """Those of one side."""
        return tuple(each for each in self.documents if each.kind is kind)


def examine_policies(
    policies: Policies, *, principal: Stated[str] | None, after: Source | None
) -> Iterator[Finding | Unevaluated]:
    """Every rule on every document, and on what they amount to for the gateway of `after`."""
    for document in policies.documents:
        yield from (seen for rule in DOCUMENT_RULES for seen in rule.findings(document))
    if any(document.problems for document in policies.documents):
        return
    for access in _accesses(policies, principal, after):
        yield from (seen for rule in ACCESS_RULES for seen in rule.findings(access))
        judged = [Judged(answer) for answer in answers(access)]
        yield from (seen for each in judged for rule in ANSWER_RULES for seen in rule.findings(each))


def _accesses(policies: Policies, principal: Stated[str] | None, after: Source | None) -> Iterator[Access]:
    """One question for each key policy, one with AWS's default where there is none."""
    identity = policies.of(Kind.IDENTITY) or None
    key, region = _key(policies.documents, after)
    keys: Sequence[PolicyDocument | None] = policies.of(Kind.KEY) or (None,)
    for policy in keys if policies.documents else ():
        is_assumed = policy is None and not policies.is_key_default
        yield Access(identity, policy, principal, key, region, is_assumed)


def _key(documents: Sequence[PolicyDocument], after: Source | None) -> tuple[Stated[str] | None, str]:
    """The key that the environment names, else the only one that the policies name; and the region that is called."""
    arn, region = (_known(after, name) for name in (_ARN, _REGION))
    found = _KEY_ARN.fullmatch(arn)
    if found is not None and after is not None:
        return Stated(arn, after.place(_ARN)), region or found["region"]
    named = {
        text: place
        for document in documents
        for statement in document.statements
        for text, place in document.texts(statement, "Resource")
        if _KEY_ARN.fullmatch(text)
    }
    if len(named) != 1 or arn:
        return None, region
    (only,) = named
    return Stated(only, named[only]), region or only.split(":")[3]


def _known(source: Source | None, name: str) -> str:
    try:
        return source.variables.get(name, "").strip() if source is not None else ""
    except NotInTheFiles:
        return ""


def as_principal(text: str) -> bool:
    """Whether a text is the ARN of a caller."""
    try:
        Principal.parse(text)
    except ValueError:
        return False
    return True
