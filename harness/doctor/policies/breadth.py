"""What is wrong with a policy by itself: malformed, wider than needed, negated, or naming what grants nothing."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.effective import NotInTheFiles
from harness.doctor.policies.access import DECRYPT, ENCRYPT, SOME_ACCOUNT, Access, Answer
from harness.doctor.policies.document import PolicyDocument, label
from harness.doctor.rule import PlacedSighting, Rule
from harness.targets.policies import (
    Effect,
    Element,
    Kind,
    Permissions,
    Policy,
    Principal,
    Request,
    Statement,
    Verdict,
    decide,
    default_key_policy,
)

_TOO_MUCH = ("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy", "kms:CreateGrant")
_LEAST = "Allow kms:Encrypt, kms:Decrypt and kms:DescribeKey on the key's ARN, and kms:GenerateRandom on *."
_LONGEST = 300
_CALLER = Principal.parse(f"arn:aws:iam::{SOME_ACCOUNT}:role/sombra")
_EVERYTHING = Element(("*",))
_ANY_KEY = f"arn:aws:kms:us-east-1:{SOME_ACCOUNT}:key/00000000-0000-0000-0000-000000000000"


def _malformed(document: PolicyDocument) -> Iterator[PlacedSighting]:
    for problem in document.problems:
        what = f"AWS refuses {document.owner}: {problem}"
        message = what if len(what) <= _LONGEST else f"{what[:_LONGEST]}…"
        yield PlacedSighting(document.place(problem.path), message, problem.next[:_LONGEST])


def _wide(document: PolicyDocument) -> Iterator[PlacedSighting]:
    for statement in document.statements:
        if statement.effect is not Effect.ALLOW:
            continue
        if document.kind is Kind.KEY:
            yield from _open_to_all(document, statement)
            continue
        surplus = [action for action in _TOO_MUCH if _reaches(statement, action)]
        said = f"{label(statement)} of {document.owner}"
        if surplus:
            message = f"{said} allows more than Sombra needs: {', '.join(surplus)} and others."
            yield PlacedSighting(document.place(f"{statement.path}/Action"), message, _LEAST)
        elif "*" in statement.resource.patterns and _reaches(statement, DECRYPT, ENCRYPT):
            message = f"{said} allows the use of every key."
            yield PlacedSighting(document.place(f"{statement.path}/Resource"), message, _LEAST)


def _open_to_all(document: PolicyDocument, statement: Statement) -> Iterator[PlacedSighting]:
    principal = statement.principal
    if principal is not None and "*" in principal.patterns and not principal.is_negated and not statement.conditions:
        message = f"{label(statement)} of {document.owner} lets anybody in any account use the key."
        place = document.place(f"{statement.path}/Principal")
        yield PlacedSighting(place, message, "Name the role of Sombra, or the account.")


def _reaches(statement: Statement, *actions: str) -> bool:
    """Whether any of these actions on any key is allowed, whatever its conditions say."""
    bare = Statement(statement.path, statement.effect, statement.action, _EVERYTHING)
    permissions = Permissions((Policy("", Kind.IDENTITY, (bare,)),), default_key_policy(SOME_ACCOUNT))
    asked = (Request(_CALLER, action, _ANY_KEY) for action in actions)
    return any(decide(request, permissions).verdict is Verdict.ALLOWED for request in asked)


def _negated(document: PolicyDocument) -> Iterator[PlacedSighting]:
    for statement in document.statements:
        allows = statement.effect is Effect.ALLOW
        named = {
            "NotAction": allows and statement.action.is_negated,
            "NotResource": allows and statement.resource.is_negated,
            "NotPrincipal": statement.principal is not None and statement.principal.is_negated,
        }
        for element in (name for name, is_there in named.items() if is_there):
            message = f"{label(statement)} of {document.owner} says by {element} whom or what it does not mean."
            action = "Say what is meant instead: it also reaches what nobody thought of, and what AWS adds."
            yield PlacedSighting(document.place(f"{statement.path}/{element}"), message, action)


def _alias(document: PolicyDocument) -> Iterator[PlacedSighting]:
    for statement in document.statements:
        for text, place in document.texts(statement, "Resource"):
            if ":alias/" in text and ":kms:" in text:
                message = f"{label(statement)} of {document.owner} names an alias; that grants no use of its key."
                yield PlacedSighting(place, message, "Name the key's ARN: arn:aws:kms:<region>:<account>:key/<id>.")


def _hole(access: Access) -> Iterator[PlacedSighting]:
    write, read = (Answer(access, action) for action in (ENCRYPT, DECRYPT))
    try:
        if write.decision.verdict is not Verdict.ALLOWED or not read.is_denied:
            return
    except NotInTheFiles:
        return  # told by action-not-allowed
    ground = write.decision.grounds[-1]
    document = next((each for each in access.documents if each.name == ground.policy), access.documents[0])
    message = f"{ENCRYPT} is allowed and {DECRYPT} is not: uploads succeed, and nothing can be read back."
    yield PlacedSighting(document.place(ground.path), message, f"Allow {DECRYPT} on the same key.")


def _assumed(access: Access) -> Iterator[PlacedSighting]:
    if access.is_policy_assumed:
        message = (
            "No key policy is given; AWS's default one is assumed, which leaves the key to its account's IAM policies."
        )
        yield PlacedSighting(
            access.place, message, "Give it too: aws kms get-key-policy --key-id <ARN> > FILE, --key-policy FILE."
        )


DOCUMENT_RULES: tuple[Rule[PolicyDocument], ...] = (
    Rule("policy-malformed", "error", "G-09", "AWS would refuse the policy", _malformed, modes=("F14",)),
    Rule("policy-wide", "warning", "G-09", "a policy allows more than Sombra needs", _wide),
    Rule("policy-negated", "warning", "G-09", "a statement says what it does not mean", _negated),
    Rule("alias-in-resource", "warning", "G-09", "an alias in Resource grants nothing", _alias, modes=("F12", "F15")),
)
ACCESS_RULES: tuple[Rule[Access], ...] = (
    Rule("encrypt-without-decrypt", "error", "G-09", "what is written cannot be read", _hole, modes=("F12",)),
    Rule("key-policy-assumed", "note", "G-09", "no key policy is given", _assumed, modes=("F14",)),
)
