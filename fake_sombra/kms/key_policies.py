"""What a policy must be before a key gets it: readable, and one that its caller can still change afterwards."""

from __future__ import annotations

import json

from fake_sombra.kms.call import Access, Call
from fake_sombra.kms.enforcement import read_key_policy
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.keys import key_arn
from fake_sombra.kms.policy import MalformedPolicy, default_document

_LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
_CHANGE = "kms:PutKeyPolicy"


def new_policy(call: Call, arn: str) -> str | None:
    """The policy a call gives to a key, None for AWS' default one; raises MalformedPolicyDocumentException."""
    text: str | None = call.parameters.get("Policy")
    if text is None:
        return None
    try:
        policy = read_key_policy(text)
    except MalformedPolicy as error:
        said = str(error.problems[0]) if error.problems else "the policy cannot be read"
        raise KmsError("MalformedPolicyDocumentException", said) from error
    access = Access(call.principal, _CHANGE, arn, {})
    if not call.parameters.get("BypassPolicyLockoutSafetyCheck") and not call.would_allow(access, policy):
        raise KmsError("MalformedPolicyDocumentException", _LOCKED_OUT)
    return text


def policy_text(policy: str | None, arn: str) -> str:
    """The policy of a key as GetKeyPolicy answers it."""
    owner = key_arn(arn)
    return policy or json.dumps(default_document(owner.account, owner.partition), indent=2)
