"""Every way in which the fake world refuses, with the stable code a client, a log and a report will read.

SombraError
├── ConfigurationRefused      the environment cannot start a gateway; holds every problem at once
└── Refusal                   one call refused; `code` is a cause of spec "Causes of a refusal"
    ├── SignatureInvalid …    (one class a cause, 400 to 503)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class SombraError(Exception):
    """Root of everything this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a boot is refused (`refuse`) or remarkable (`warning`, `note`); never holds a value."""

    variable: str
    message: str
    level: str = "refuse"
    item: int | None = None

    def __str__(self) -> str:
        place = self.variable if self.item is None else f"{self.variable} item {self.item}"
        return f"{place}: {self.message}"


class ConfigurationRefused(SombraError):
    """The environment cannot start a gateway (claims.md, "Start-up"); no port was opened."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class Refusal(SombraError):
    """One call refused. The message says what, where and what next, and never holds a secret.

    `where` names the check that refused, when a client tests for it (`fileMetadata#verify`).
    """

    code: ClassVar[str] = "kms_internal"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, where: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where


class BadRequest(Refusal):
    """The caller's message cannot be understood."""

    code, status = "bad_request", 400


class SignatureInvalid(Refusal):
    """No loaded signing key made this token."""

    code, status = "signature_invalid", 400


class ForgottenKey(Refusal):
    """The signer stands at position five or later of JWT_ECDSA_KEY: its key set is forgotten (D-05)."""

    code, status = "forgotten_key", 400


class TokenExpired(Refusal):
    """The token's `exp` has passed."""

    code, status = "token_expired", 400


class ContextMismatch(Refusal):
    """The context belongs to another request than the one it is used for."""

    code, status = "context_mismatch", 400


class NotAuthenticated(Refusal):
    """A credential is missing or wrong."""

    code, status = "not_authenticated", 401


class NotFound(Refusal):
    """There is no such thing."""

    code, status = "not_found", 404


class Conflict(Refusal):
    """The request is not in a state that allows this step."""

    code, status = "conflict", 409


class TooLarge(Refusal):
    """The body is over its limit."""

    code, status = "too_large", 413


class RateLimited(Refusal):
    """The caller has made as many calls as it may for now; `headers` say how many, and when it may go on."""

    code, status = "rate_limited", 429

    def __init__(self, message: str, *, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(message)
        self.headers = headers


class UpstreamDown(Refusal):
    """A peer that is needed for the answer (Transcend's cloud, a receiver) gave none that can be used."""

    code, status = "bad_gateway", 502


class WrongProvider(Refusal):
    """The other KMS provider wrapped this key (G-03, G-04)."""

    code, status = "wrong_provider", 500


class UnknownKey(Refusal):
    """The provider is right, but the key that wrapped this one is not loaded."""

    code, status = "unknown_key", 500


class Tampered(Refusal):
    """The integrity check failed although provider and key are the right ones."""

    code, status = "tampered", 500


class KmsRefusal(Refusal):
    """The KMS itself refused or failed; `operation` names the action, as IAM spells it."""

    def __init__(self, message: str, *, operation: str = "", where: str | None = None) -> None:
        super().__init__(message, where=where)
        self.operation = operation


class KmsAccessDenied(KmsRefusal):
    """The caller may not use this action on this key."""

    code = "kms_access_denied"


class KmsKeyDisabled(KmsRefusal):
    """The KMS key is disabled."""

    code = "kms_key_disabled"


class KmsKeyPendingDeletion(KmsRefusal):
    """The KMS key waits for its deletion."""

    code = "kms_key_pending_deletion"


class KmsKeyNotFound(KmsRefusal):
    """No such key in this account and region."""

    code = "kms_key_not_found"


class KmsInvalidKeyUsage(KmsRefusal):
    """The key is not one for encryption."""

    code = "kms_invalid_key_usage"


class KmsIncorrectKey(KmsRefusal):
    """Another KMS key than the configured one wrapped this."""

    code = "kms_incorrect_key"


class KmsThrottled(KmsRefusal):
    """The KMS asks to slow down."""

    code, status = "kms_throttled", 503


class KmsUnreachable(KmsRefusal):
    """No answer from the KMS endpoint."""

    code, status = "kms_unreachable", 503


class KmsCredentials(KmsRefusal):
    """No usable AWS credentials."""

    code = "kms_credentials"


class KmsInternal(KmsRefusal):
    """The KMS failed in a way that has no cause of its own."""

    code = "kms_internal"
