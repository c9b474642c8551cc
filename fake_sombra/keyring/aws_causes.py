"""Which cause stands behind each answer of the AWS KMS: decided by error code, never by text.

One exception, because AWS itself tells it by text only: that a key waits for its deletion (kms.md section 2).
"""

from __future__ import annotations

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from fake_sombra.errors import (
    KmsAccessDenied,
    KmsCredentials,
    KmsIncorrectKey,
    KmsInternal,
    KmsInvalidKeyUsage,
    KmsKeyDisabled,
    KmsKeyNotFound,
    KmsKeyPendingDeletion,
    KmsRefusal,
    KmsThrottled,
    KmsUnreachable,
)

# What boto3 raises; ValueError is a malformed endpoint, or an answer whose base64 is none.
CALL_ERRORS = (aws.BotoCoreError, aws.ClientError, ResponseParserError, ValueError)

_CODES: dict[type[KmsRefusal], tuple[str, ...]] = {
    KmsAccessDenied: ("AccessDeniedException", "AccessDenied", "403"),
    KmsKeyDisabled: ("DisabledException",),
    KmsKeyNotFound: ("NotFoundException", "InvalidArnException"),
    KmsInvalidKeyUsage: ("InvalidKeyUsageException",),
    KmsIncorrectKey: ("IncorrectKeyException",),
    KmsThrottled: (
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "429",
    ),
    KmsCredentials: (
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "AuthFailure",
    ),
}
_KIND_OF = {code: kind for kind, codes in _CODES.items() for code in codes}
_STATE_CODES = frozenset({"DisabledException", "KMSInvalidStateException"})
_NEXT: dict[type[KmsRefusal], str] = {
    KmsAccessDenied: "grant this action to the gateway's role, in its policy and in the key's",
    KmsKeyDisabled: "enable the key",
    KmsKeyPendingDeletion: "cancel the deletion and enable the key",
    KmsKeyNotFound: "compare AWS_KMS_KEY_ARN with AWS_REGION and the account",
    KmsInvalidKeyUsage: "name a symmetric key made for ENCRYPT_DECRYPT",
    KmsIncorrectKey: "start with the ARN of the key that wrapped it",
    KmsThrottled: "slow down or raise the quota",
    KmsCredentials: "check the gateway's AWS credentials or role",
    KmsUnreachable: "check the network's way out and AWS_ENDPOINT_URL_KMS",
    KmsInternal: "look at the state of the key and of AWS",
}
_UNREACHABLE = (aws.HTTPClientError, aws.ConnectionError, aws.EndpointConnectionError)
_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.UnauthorizedSSOTokenError,
    aws.SSOError,
    aws.ProfileNotFound,
    aws.ConfigNotFound,
    aws.InvalidConfigError,
)


def code_of(error: Exception) -> str:
    """The error code of an answer, as AWS spells it; empty when there was no answer."""
    found = error.response.get("Error", {}).get("Code", "") if isinstance(error, aws.ClientError) else ""
    return str(found)


def refusal_for(error: Exception, *, action: str) -> KmsRefusal:
    """The refusal that one of `CALL_ERRORS` stands for; `action` is spelled as IAM does (`kms:Decrypt`)."""
    if isinstance(error, aws.ClientError):
        kind, what = _answered(error), f"was refused with {code_of(error) or 'no error code'}"
    elif isinstance(error, aws.PartialCredentialsError):
        kind, what = KmsCredentials, f"found half a pair of AWS credentials: {error.kwargs['cred_var']} is missing"
    elif isinstance(error, _NO_CREDENTIALS):
        kind, what = KmsCredentials, "found no AWS credentials that can be used"
    elif isinstance(error, aws.InvalidRegionError):
        kind, what = KmsKeyNotFound, "cannot be sent, for AWS_REGION is no region's name"
    elif isinstance(error, (*_UNREACHABLE, aws.UnknownEndpointError)) or type(error) is ValueError:
        kind, what = KmsUnreachable, f"got no answer from the KMS ({type(error).__name__})"
    else:
        kind, what = KmsInternal, f"failed in the client ({type(error).__name__})"
    return refusal(kind, action=action, what=what)


def refusal(kind: type[KmsRefusal], *, action: str, what: str) -> KmsRefusal:
    """A refusal that says what happened to which action and what to do next."""
    return kind(f"{action} {what}; {_NEXT[kind]}", operation=action)


def _answered(error: aws.ClientError) -> type[KmsRefusal]:
    code = code_of(error)
    text = str(error.response.get("Error", {}).get("Message", "")).lower()
    if code in _STATE_CODES and "pending" in text and "deletion" in text:
        return KmsKeyPendingDeletion
    return _KIND_OF.get(code, KmsInternal)
