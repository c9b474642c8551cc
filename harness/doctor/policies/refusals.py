"""Why an action is refused, told apart: nobody allows it, a deny, a shut key policy, a condition, a narrow resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from harness.doctor.effective import NotInTheFiles
from harness.doctor.policies.access import ENCRYPT, RANDOM, Access, Answer
from harness.doctor.policies.document import PolicyDocument, label, shown_arn
from harness.doctor.rule import PlacedSighting, Rule
from harness.targets.policies import Condition, Effect, Element, Kind, Policy, Statement, Verdict

Cause = Literal[
    "action-denied",
    "action-not-allowed",
    "condition-on-context",
    "condition-on-region",
    "condition-unmet",
    "condition-via-service",
    "generate-random-scoped",
    "key-policy-shut",
]

_LEAST = "Allow kms:Encrypt, kms:Decrypt and kms:DescribeKey on the key's ARN, and kms:GenerateRandom on *."
_DELEGATE = "Let the key policy allow the role itself, or delegate to arn:aws:iam::<account>:root (AWS's default)."
_EVERYTHING = Element(("*",))


@dataclass(frozen=True, slots=True)
class Refusal:
    """One cause of one refusal, at its place."""

    cause: Cause
    sighting: PlacedSighting


@dataclass(frozen=True)
class Judged:
    """An answer with all its causes, found once for all rules."""

    answer: Answer

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every cause of a refused action; nothing for one that is allowed or open."""
        return tuple(_refusals(self.answer))


def _refusals(answer: Answer) -> Iterator[Refusal]:
    if not answer.is_denied:
        return
    grounds = answer.decision.grounds
    if grounds:
        yield _denied(answer, grounds[0].policy, grounds[0].path)
        return
    shut = answer.access.key_policy if str(Kind.KEY) in answer.decision.reason else None
    asked = (shut,) if shut is not None else answer.access.identity or ()
    near = [
        each for document in asked for statement in document.statements for each in _near(answer, document, statement)
    ]
    yield from near or [_key_shut(answer, shut) if shut is not None else _nobody(answer)]


def _denied(answer: Answer, name: str, path: str) -> Refusal:
    document = next(each for each in answer.access.documents if each.name == name)
    statement = next(each for each in document.statements if each.path == path)
    keys = ", ".join(dict.fromkeys(each.key for each in statement.conditions))
    by = f" by its condition on {keys}" if keys else ""
    message = f"{label(statement)} of {document.owner} denies {answer.action}{by}. A deny always wins."
    action = f"Take {answer.action} or Sombra's role out of that statement's reach."
    return Refusal("action-denied", PlacedSighting(document.place(path), message, action))


def _nobody(answer: Answer) -> Refusal:
    documents = answer.access.identity or answer.access.documents
    message = f"No statement of {_owners(documents)} allows {answer.action}{_consequence(answer.action)}."
    place = documents[0].place("/Statement") if documents else answer.access.place
    return Refusal("action-not-allowed", PlacedSighting(place, message, _LEAST))


def _key_shut(answer: Answer, document: PolicyDocument) -> Refusal:
    message = (
        f"Neither does {document.owner} allow {answer.action} to Sombra's role nor leave it to the account: whatever"
        " IAM policies allow, it is refused."
    )
    return Refusal("key-policy-shut", PlacedSighting(document.place("/Statement"), message, _DELEGATE))


def _near(answer: Answer, document: PolicyDocument, statement: Statement) -> Iterator[Refusal]:
    """What keeps a statement that is about this action from allowing it."""
    if statement.effect is not Effect.ALLOW or document.read is None:
        return

    def allows(changed: Statement) -> bool:
        return _allows(answer.access, answer.action, document, changed)

    freed = replace(statement, conditions=())
    if allows(freed):
        for condition in statement.conditions:
            if not allows(replace(statement, conditions=(condition,))):
                yield _condition(answer, document, statement, condition)
    elif allows(replace(freed, resource=_EVERYTHING)):
        yield _resource(answer, document, statement)


def _allows(access: Access, action: str, document: PolicyDocument, statement: Statement) -> bool:
    has_variables = document.read is None or document.read.has_variables
    alone = Policy(document.name, document.kind, (statement,), has_variables=has_variables)
    return access.decision(action, instead=(document, alone)).verdict is not Verdict.DENIED


def _condition(answer: Answer, document: PolicyDocument, statement: Statement, condition: Condition) -> Refusal:
    key = condition.key.lower()
    place = document.place(f"{statement.path}/Condition/{condition.operator}/{condition.key.replace('/', '~1')}")
    allowed = f"{label(statement)} of {document.owner} allows {answer.action} only"
    if key.startswith("kms:encryptioncontext"):
        message = f"{allowed} with an encryption context ({condition.key}), and the gateway sends none."
        return Refusal("condition-on-context", PlacedSighting(place, message, "Take the condition out."))
    if key in {"kms:viaservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast"}:
        message = f"{allowed} through another AWS service ({condition.key}), and the gateway calls KMS itself."
        return Refusal("condition-via-service", PlacedSighting(place, message, "Take the condition out."))
    if key == "aws:requestedregion":
        message = f"{allowed} in other regions than {answer.access.region}."
        return Refusal("condition-on-region", PlacedSighting(place, message, "Add the key's region to the condition."))
    message = f"{allowed} under a condition on {condition.key} that does not hold."
    return Refusal("condition-unmet", PlacedSighting(place, message, "Correct the condition, or take it out."))


def _resource(answer: Answer, document: PolicyDocument, statement: Statement) -> Refusal:
    element = "NotResource" if statement.resource.is_negated else "Resource"
    place = document.place(f"{statement.path}/{element}")
    if answer.action == RANDOM:
        message = f"{label(statement)} of {document.owner} allows {RANDOM} on a key, but it takes no key."
        action = f'Give {RANDOM} a statement of its own with "Resource": "*".'
        return Refusal("generate-random-scoped", PlacedSighting(place, message, action))
    message = (
        f"{label(statement)} of {document.owner} allows {answer.action} on other resources than"
        f" {shown_arn(answer.access.key_arn)}{_consequence(answer.action)}."
    )
    return Refusal("action-not-allowed", PlacedSighting(place, message, "Name the ARN of Sombra's key in Resource."))


def _consequence(action: str) -> str:
    return {
        ENCRYPT: ": nothing new can be written",
        "kms:Decrypt": ": nothing that was written can be read",
        RANDOM: " on *: no new key can be made",
    }.get(action, "")


def _owners(documents: tuple[PolicyDocument, ...]) -> str:
    return " and ".join(dict.fromkeys(each.owner for each in documents)) or "any policy"


def _met(cause: Cause) -> Callable[[Judged], Iterator[PlacedSighting]]:
    def look(judged: Judged) -> Iterator[PlacedSighting]:
        return (each.sighting for each in judged.refusals if each.cause == cause)

    return look


def _settled(judged: Judged) -> Iterator[PlacedSighting]:
    """The one rule that stays open when the policies cannot decide."""
    answer, decision = judged.answer, judged.answer.decision
    if decision.verdict is Verdict.UNDECIDABLE:
        found = {document.name: document for document in answer.access.documents}
        ground = next((each for each in decision.grounds if each.policy in found), None)
        place = found[ground.policy].place(ground.path) if ground is not None else answer.access.place
        unsettled = [each.unsettled for each in answer.access.documents if each.unsettled]
        why = f"whether {answer.action} is allowed: {'; '.join(unsettled or decision.doubts)}"
        raise NotInTheFiles(answer.action, why=why, place=place, action=_OPEN)
    yield from _met("action-not-allowed")(judged)


_OPEN = "Give the document that is missing, or ask AWS: aws iam simulate-principal-policy."


def _rule(cause: Cause, what: str, *modes: str) -> Rule[Judged]:
    return Rule(cause, "error", "G-09", what, _settled if cause == "action-not-allowed" else _met(cause), modes=modes)


ANSWER_RULES: tuple[Rule[Judged], ...] = (
    _rule("action-not-allowed", "no policy allows what Sombra needs", "F12"),
    _rule("action-denied", "an explicit deny hits what Sombra needs", "F12", "F14"),
    _rule("key-policy-shut", "the key policy neither allows nor delegates", "F14"),
    _rule("generate-random-scoped", "GenerateRandom is not on `*`", "F12"),
    _rule("condition-on-context", "a condition wants an encryption context", "F12"),
    _rule("condition-via-service", "a condition wants another service in between", "F12"),
    _rule("condition-on-region", "a condition wants another region", "F12", "F15"),
    _rule("condition-unmet", "a condition does not hold", "F12"),
)
