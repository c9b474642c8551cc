"""Faults of the KMS that a scenario plants: each with the cause a gateway must name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault spec, and the cause that must tell it apart; empty where a gateway must go on."""

    spec: str
    cause: str


def _both(effect: str, cause: str) -> tuple[Planted, ...]:
    return Planted(f"Encrypt:{effect}", cause), Planted(f"Decrypt:{effect}", cause)


FAULTS: Final = (
    *_both("AccessDeniedException", "kms_access_denied"),
    *_both("DependencyTimeoutException", "kms_internal"),
    *_both("DisabledException", "kms_key_disabled"),
    *_both("ExpiredTokenException", "kms_credentials"),
    *_both("InvalidKeyUsageException", "kms_invalid_key_usage"),
    *_both("KMSInternalException", "kms_internal"),
    *_both("KMSInvalidStateException", "kms_key_pending_deletion"),
    *_both("KeyUnavailableException", "kms_internal"),
    *_both("LimitExceededException", "kms_throttled"),
    *_both("NotFoundException", "kms_key_not_found"),
    *_both("ThrottlingException", "kms_throttled"),
    *_both("UnrecognizedClientException", "kms_credentials"),
    *_both("bad-gateway", "kms_internal"),
    *_both("garbage", "kms_internal"),
    *_both("lacking-fields", "kms_internal"),
    *_both("lost", "kms_unreachable"),
    *_both("outage", "kms_unreachable"),
    *_both("wrong-key", "kms_internal"),
    Planted("GenerateRandom:AccessDeniedException", ""),
    Planted("GenerateRandom:KMSInternalException", "kms_internal"),
    Planted("GenerateRandom:ThrottlingException", "kms_throttled"),
    Planted("GenerateRandom:outage", "kms_unreachable"),
    Planted("Decrypt:IncorrectKeyException", "kms_incorrect_key"),
    Planted("Decrypt:InvalidCiphertextException", "tampered"),
    Planted("*:latency(1ms,2ms)", ""),
    Planted("*:stale(3)", ""),
)


def reached_its_caller(fault: str | None) -> bool:
    """Whether the KMS' own answer to a journalled call arrived whole: nothing was injected, or only a delay."""
    effects = [each.partition("]:")[2] or each.partition(":")[2] for each in (fault or "").split("; ") if each]
    return all(effect.startswith(("latency(", "stale(")) for effect in effects)
