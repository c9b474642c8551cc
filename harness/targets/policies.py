"""The evaluator of the KMS front, as the doctor may ask it: one answer in the files and in the window (ADR 15)."""

from fake_sombra.kms.policy import (
    NO_KEY,
    Decision,
    Ground,
    Kind,
    MalformedPolicy,
    Permissions,
    Policy,
    Principal,
    Problem,
    Request,
    Verdict,
    decide,
    default_key_policy,
    read_policy,
)
from fake_sombra.kms.policy.document import Condition, Effect, Element, Statement

__all__ = [
    "NO_KEY",
    "Condition",
    "Decision",
    "Effect",
    "Element",
    "Ground",
    "Kind",
    "MalformedPolicy",
    "Permissions",
    "Policy",
    "Principal",
    "Problem",
    "Request",
    "Statement",
    "Verdict",
    "decide",
    "default_key_policy",
    "read_policy",
]
