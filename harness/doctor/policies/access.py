"""The question to policies: may the gateway do the four things it does, as this caller, with this key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.doctor.effective import NotInTheFiles
from harness.doctor.policies.document import PolicyDocument
from harness.doctor.reading import Place, Stated
from harness.targets.policies import (
    NO_KEY,
    Decision,
    Kind,
    Permissions,
    Policy,
    Principal,
    Request,
    Verdict,
    decide,
    default_key_policy,
    read_policy,
)

ENCRYPT, DECRYPT, DESCRIBE, RANDOM = "kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateRandom"
NEEDED = (ENCRYPT, DECRYPT, DESCRIBE, RANDOM)
"""The least policy of the default call pattern (protocol.md): three on the key, GenerateRandom on `*`."""

SOME_ACCOUNT = "111122223333"
_SOME_KEY = "key/00000000-0000-0000-0000-000000000000"
_KNOWN_FACTS = {
    "aws:PrincipalIsAWSService": ("false",),
    "aws:SecureTransport": ("true",),
    "aws:ViaAWSService": ("false",),
    "kms:EncryptionAlgorithm": ("SYMMETRIC_DEFAULT",),
    "kms:KeySpec": ("SYMMETRIC_DEFAULT",),
    "kms:KeyUsage": ("ENCRYPT_DECRYPT",),
    "kms:RequestAlias": (),
}
_ANYTHING = read_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
    name="anything",
    kind=Kind.IDENTITY,
)
_NAME_IT = "Name the role that Sombra runs as: --principal arn:aws:iam::<account>:role/<name>."
_NAME_KEY = "Give --after, whose AWS_KMS_KEY_ARN names the key."


@dataclass(frozen=True)
class Access:
    """Who calls, with which policies, on which key; None for what is not at hand, which is not the same as none.

    Without a key policy AWS's default one counts, which delegates to the account. `region` is the one that is called.
    """

    identity: tuple[PolicyDocument, ...] | None
    key_policy: PolicyDocument | None = None
    principal: Stated[str] | None = None
    key: Stated[str] | None = None
    region: str = ""
    is_policy_assumed: bool = False

    @property
    def documents(self) -> tuple[PolicyDocument, ...]:
        """All that is at hand."""
        return (*(self.identity or ()), *((self.key_policy,) if self.key_policy is not None else ()))

    @property
    def place(self) -> Place:
        """Where the question is asked: at the first document."""
        return self.documents[0].node.place

    @cached_property
    def caller(self) -> Principal:
        """The caller, or some role of the key's account; raises `NotInTheFiles` when it matters which."""
        if self.principal is not None:
            return Principal.parse(self.principal.value)
        if self.key_policy is not None and _names_somebody(self.key_policy):
            why = "the key policy names callers, and no file says as which one Sombra calls"
            raise NotInTheFiles("principal", why=why, place=self.key_policy.node.place, action=_NAME_IT)
        return Principal.parse(f"arn:aws:iam::{self._account}:role/sombra")

    @property
    def key_arn(self) -> str:
        """The key, or any key where policies tell none from another; raises `NotInTheFiles` when it matters which."""
        if self.key is not None:
            return self.key.value
        for document in self.documents:
            if any(":kms:" in pattern for each in document.statements for pattern in each.resource.patterns):
                why = document.unsettled or "the policies name keys, and no file says which one is Sombra's"
                raise NotInTheFiles("AWS_KMS_KEY_ARN", why=why, place=document.node.place, action=_NAME_KEY)
        return f"arn:aws:kms:{self.region or 'us-east-1'}:{self._account}:{_SOME_KEY}"

    def asked(self, action: str) -> Request:
        """The request that the gateway makes: no encryption context, no service in between."""
        facts = dict(_KNOWN_FACTS)
        if self.region:
            facts["aws:RequestedRegion"] = (self.region,)
        return Request(self.caller, action, NO_KEY if action == RANDOM else self.key_arn, facts=facts)

    def decision(self, action: str, *, instead: tuple[PolicyDocument, Policy] | None = None) -> Decision:
        """What the policies say; `instead` tries another policy in the place of a document, its own side shut else.

        Raises `NotInTheFiles` when the caller or the key must be known and is not.
        """
        request = self.asked(action)
        identity = None if self.identity is None else [each.read for each in self.identity if each.read is not None]
        key = self.key_policy.read if self.key_policy is not None else None
        if instead is not None and instead[0] is self.key_policy:
            identity, key = [_ANYTHING], instead[1]
        elif instead is not None:
            identity = [instead[1]]
        return decide(request, Permissions(identity, key or default_key_policy(request.key_account or self._account)))

    @property
    def _account(self) -> str:
        if self.principal is not None:
            return Principal.parse(self.principal.value).account
        return self.key.value.split(":")[4] if self.key is not None else SOME_ACCOUNT


@dataclass(frozen=True)
class Answer:
    """What becomes of one action; undecided questions are those of `Access.decision`."""

    access: Access
    action: str

    @cached_property
    def decision(self) -> Decision:
        """Allowed, denied or undecidable; raises `NotInTheFiles`."""
        return self.access.decision(self.action)

    @property
    def is_denied(self) -> bool:
        """Whether it is refused; what stays open is told by one rule alone, so it counts as not refused here."""
        try:
            return self.decision.verdict is Verdict.DENIED
        except NotInTheFiles:
            return False


def answers(access: Access) -> Iterator[Answer]:
    """One answer an action; none while a document cannot be read, whose faults are told instead."""
    if not any(document.problems for document in access.documents):
        yield from (Answer(access, action) for action in NEEDED)


def _names_somebody(document: PolicyDocument) -> bool:
    """Whether a key policy is about single callers, and not accounts or everybody alone."""
    named = (name for each in document.statements if each.principal is not None for name in each.principal.patterns)
    return any(name != "*" and not name.isdigit() and not name.endswith(":root") for name in named)
