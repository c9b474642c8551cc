"""What IAM policies and key policies amount to for the gateway, decided by the evaluator of the KMS front."""

from harness.doctor.policies.breadth import ACCESS_RULES, DOCUMENT_RULES
from harness.doctor.policies.document import PolicyDocument
from harness.doctor.policies.examination import Policies, as_principal, examine_policies
from harness.doctor.policies.refusals import ANSWER_RULES

__all__ = [
    "ACCESS_RULES",
    "ANSWER_RULES",
    "DOCUMENT_RULES",
    "Policies",
    "PolicyDocument",
    "as_principal",
    "examine_policies",
]
