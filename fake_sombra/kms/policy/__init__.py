"""Whether AWS would allow an access, from policies and grants alone; pure, and able to say that it cannot tell."""

from fake_sombra.kms.policy.decision import Decision, Permissions, Verdict, decide
from fake_sombra.kms.policy.default import default_document, default_key_policy
from fake_sombra.kms.policy.document import Kind, Policy
from fake_sombra.kms.policy.grant_reading import read_grant
from fake_sombra.kms.policy.grants import Grant
from fake_sombra.kms.policy.problems import MalformedPolicy, Problem
from fake_sombra.kms.policy.reading import read_policy
from fake_sombra.kms.policy.request import NO_KEY, Principal, Request
from fake_sombra.kms.policy.text import parse_policy
from fake_sombra.kms.policy.votes import Ground

__all__ = [
    "NO_KEY",
    "Decision",
    "Grant",
    "Ground",
    "Kind",
    "MalformedPolicy",
    "Permissions",
    "Policy",
    "Principal",
    "Problem",
    "Request",
    "Verdict",
    "decide",
    "default_document",
    "default_key_policy",
    "parse_policy",
    "read_grant",
    "read_policy",
]
