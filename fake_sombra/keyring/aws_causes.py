"""Which cause stands behind each answer of the AWS KMS: decided by error code, never by text.

One exception, because AWS itself tells it by text only: a key that waits for its deletion (kms.md section 2).
"""

from __future__ import annotations

from botocore import exceptions as aws

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

_BY_CODE: dict[str, type[KmsRefusal]] = {
    "AccessDenied": KmsAccessDenied,
    "AccessDeniedException": KmsAccessDenied,
    "403": KmsAccessDenied,
    "DisabledException": KmsKeyDisabled,
    "NotFoundException": KmsKeyNotFound,
    "InvalidArnException": KmsKeyNotFound,
    "InvalidKeyUsageException": KmsInvalidKeyUsage,
    "IncorrectKeyException": KmsIncorrectKey,
    "ThrottlingException": KmsThrottled,
    "LimitExceededException": KmsThrottled,
    "RequestLimitExceeded": KmsThrottled,
    "ExpiredTokenException": KmsCredentials,
    "ExpiredToken": KmsCredentials,
    "UnrecognizedClientException": KmsCredentials,
    "InvalidClientTokenId": KmsCredentials,
    "InvalidSignatureException": KmsCredentials,
    "SignatureDoesNotMatch": KmsCredentials,
    "MissingAuthenticationTokenException": KmsCredentials,
    "IncompleteSignature": KmsCredentials,
}
_STATE_CODES = frozenset({"DisabledException", "KMSInvalidStateException"})
_UNREACHABLE = (aws.EndpointConnectionError, aws.HTTPClientError, aws.ConnectionError)
_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.ProfileNotFound,
)


def code_of(error: aws.ClientError) -> str:
    """The error code of an answer, as AWS spells it."""
    return str(error.response.get("Error", {}).get("Code", ""))


def refusal_for(error: aws.BotoCoreError | aws.ClientError, *, action: str) -> KmsRefusal:
    """The refusal an error stands for; `action` is spelled as IAM does (`kms:Decrypt`)."""
    if isinstance(error, aws.ClientError):
        return _answered(error, action)
    if isinstance(error, _NO_CREDENTIALS):
        return KmsCredentials(
            f"{action}: no AWS credentials were found; give the gateway a role", operation=action
        )
    if isinstance(error, _UNREACHABLE):
        return KmsUnreachable(
            f"{action}: no answer from the KMS; check egress and endpoint", operation=action
        )
    return KmsInternal(f"{action} failed in the client: {type(error).__name__}", operation=action)


def _answered(error: aws.ClientError, action: str) -> KmsRefusal:
    code = code_of(error)
    text = str(error.response.get("Error", {}).get("Message", ""))
    if code in _STATE_CODES and "pending" in text and "deletion" in text:
        return KmsKeyPendingDeletion(f"{action}: the key waits for its deletion; cancel it", operation=action)
    kind = _BY_CODE.get(code, KmsInternal)
    return kind(f"{action} was refused by the KMS with {code or 'no error code'}", operation=action)
