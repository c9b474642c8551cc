"""Which refusals of AWS can be injected, with AWS's own status and text (kms.md sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fake_sombra.kms.errors import BLOB_OF_UNKNOWN_KEY, KmsError

THROTTLED: Final = "ThrottlingException"

_EXPIRED = "The security token included in the request is expired"
_TEXTS: Final[Mapping[str, tuple[int, str]]] = {
    "AccessDeniedException": (400, BLOB_OF_UNKNOWN_KEY),
    "CloudHsmClusterNotActiveException": (400, ""),
    "CustomKeyStoreInvalidStateException": (400, ""),
    "DependencyTimeoutException": (503, "The system timed out while trying to fulfill the request."),
    "DisabledException": (400, "{key} is disabled."),
    "ExpiredTokenException": (400, _EXPIRED),
    "IncompleteSignatureException": (400, "Authorization header requires a 'Credential' scope."),
    "IncorrectKeyException": (
        400,
        "The key ID in the request does not identify a CMK that can perform this operation.",
    ),
    "InvalidCiphertextException": (400, ""),
    "InvalidGrantTokenException": (400, ""),
    "InvalidKeyUsageException": (400, "{key} key usage is not valid for this operation."),
    "InvalidSignatureException": (400, "The request signature we calculated does not match the one provided."),
    "KMSInternalException": (500, ""),
    "KMSInvalidStateException": (400, "{key} is pending deletion."),
    "KeyUnavailableException": (500, "{key} is unavailable."),
    "LimitExceededException": (400, ""),
    "NotFoundException": (400, "Key '{key}' does not exist"),
    THROTTLED: (400, "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."),
    "UnrecognizedClientException": (400, "The security token included in the request is invalid."),
    "UnsupportedOperationException": (400, ""),
    "ValidationException": (400, ""),
}
CODES: Final = tuple(_TEXTS)


def injected(code: str, key: str | None) -> KmsError:
    """The refusal AWS would send for a key, the one asked for where it is known."""
    status, text = _TEXTS[code]
    return KmsError(code, text.format(key=key or "The key"), status)
