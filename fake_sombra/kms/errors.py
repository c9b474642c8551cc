"""How AWS KMS spells its refusals: code, message and HTTP status (kms.md sections 2 to 4)."""

from __future__ import annotations

from fake_sombra.errors import SombraError

BLOB_OF_UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, "
    "does not exist in this region, or you are not allowed to access."
)


class KmsError(SombraError):
    """One refused KMS call; `code` is what botocore shows as `Error.Code`."""

    def __init__(self, code: str, message: str = "", http_status: int = 400) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.http_status = http_status


def not_found(what: str) -> KmsError:
    """The identifier leads nowhere in this account and region."""
    return KmsError("NotFoundException", what)


def denied(principal: str, action: str, resource: str, *, policy: str = "identity-based") -> KmsError:
    """No policy of that kind allows the action; `action` is spelled as IAM does."""
    return denied_because(principal, action, resource, f"because no {policy} policy allows the {action} action")


def denied_because(principal: str, action: str, resource: str, reason: str) -> KmsError:
    """Policies refuse the action; `reason` ends the sentence as AWS does."""
    return KmsError(
        "AccessDeniedException",
        f"User: {principal} is not authorized to perform: {action} on resource: {resource} {reason}",
    )


def denied_abroad(principal: str, action: str) -> KmsError:
    """A key of another account that does not let the caller in; AWS does not say whether it exists."""
    return KmsError(
        "AccessDeniedException",
        f"User: {principal} is not authorized to perform: {action} on this resource because the resource does not "
        "exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies "
        "access",
    )


def incompatible(algorithm: str, spec: str) -> KmsError:
    """The key cannot do what is asked of it."""
    return KmsError("InvalidKeyUsageException", f"Algorithm {algorithm} is incompatible with key spec {spec}.")


def undecidable(action: str, resource: str, doubts: str) -> KmsError:
    """Nobody can tell whether AWS would allow it; AWS does not have this code, so it is not taken for a denial."""
    return KmsError(
        "PolicyUndecidableException",
        f"whether AWS would allow {action} on {resource} cannot be told here: {doubts}; "
        "take that part out of the policy, or give the fact it asks for",
    )


def blob_of_unknown_key() -> KmsError:
    """The blob names a key that this account and region do not have."""
    return KmsError("AccessDeniedException", BLOB_OF_UNKNOWN_KEY)


def invalid_ciphertext() -> KmsError:
    """Damaged, foreign, or another encryption context: AWS gives no reason, and no message."""
    return KmsError("InvalidCiphertextException")


def incorrect_key() -> KmsError:
    """The blob was made under another key than the one the caller named."""
    return KmsError(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )


def disabled(arn: str) -> KmsError:
    """The key is disabled."""
    return KmsError("DisabledException", f"{arn} is disabled.")


def invalid_state(arn: str, what: str) -> KmsError:
    """The key is in a state that does not allow the operation; `what` ends the sentence."""
    return KmsError("KMSInvalidStateException", f"{arn} is {what}.")


def invalid_usage(arn: str, usage: str, operation: str) -> KmsError:
    """The key serves another purpose."""
    return KmsError("InvalidKeyUsageException", f"{arn} key usage is {usage} which is not valid for {operation}.")


def validation(message: str) -> KmsError:
    """A parameter is out of its bounds."""
    return KmsError("ValidationException", message)


def unsupported(message: str) -> KmsError:
    """The operation is not one for this key, or this front does not offer it."""
    return KmsError("UnsupportedOperationException", message)


def wrong_origin(arn: str, origin: str) -> KmsError:
    """The material comes from elsewhere than the operation needs."""
    return unsupported(f"{arn} origin is {origin} which is not valid for this operation.")


def no_key_store(store: str) -> KmsError:
    """The account has no custom key stores."""
    return KmsError("CustomKeyStoreNotFoundException", f"The custom key store {store} does not exist.")


def serialization(message: str) -> KmsError:
    """The body is not what the protocol asks for."""
    return KmsError("SerializationException", message)


def dry_run() -> KmsError:
    """Success, when only asked whether the call would succeed."""
    return KmsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
