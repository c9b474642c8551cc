"""How a change stays hidden for a while: AWS is consistent eventually, and calls may see the past."""

from __future__ import annotations

from dataclasses import dataclass

from fake_sombra.kms.faults.effects import Stale
from fake_sombra.kms.vault import Vault

READS = frozenset(
    {
        "Decrypt",
        "DescribeCustomKeyStores",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GenerateRandom",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "GetParametersForImport",
        "GetPublicKey",
        "ListAliases",
        "ListGrants",
        "ListKeyPolicies",
        "ListKeyRotations",
        "ListKeys",
        "ListResourceTags",
        "ListRetirableGrants",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)
"""Calls that change nothing, and so may be answered from the past."""


@dataclass(slots=True)
class Past:
    """What was before the changes that are not visible yet; changes one after the other hide together."""

    _vault: Vault | None = None
    _changed_at: float = 0.0
    _reads: int = 0

    def keep(self, before: Vault, *, now: float) -> None:
        """Remember a vault as it was before a change."""
        self._vault = self._vault or before
        self._changed_at, self._reads = now, 0

    def seen(self, present: Vault, stale: Stale, *, now: float) -> Vault:
        """The vault that one call sees."""
        if self._vault is None:
            return present
        self._reads += 1
        is_over = now - self._changed_at >= stale.ms / 1000 if stale.ms else self._reads > stale.calls
        if is_over:
            self._vault = None
        return self._vault or present

    def copy(self) -> Past:
        """An independent copy."""
        return Past(None if self._vault is None else self._vault.copy(), self._changed_at, self._reads)
