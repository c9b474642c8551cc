"""Which operations this KMS offers, and which IAM actions stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fake_sombra.kms import (
    alias_operations,
    cryptography_operations,
    grant_operations,
    key_operations,
    policy_operations,
    region_operations,
    signature_operations,
)
from fake_sombra.kms.call import Handler

HANDLERS: Final[Mapping[str, Handler]] = {
    **alias_operations.HANDLERS,
    **cryptography_operations.HANDLERS,
    **grant_operations.HANDLERS,
    **key_operations.HANDLERS,
    **policy_operations.HANDLERS,
    **region_operations.HANDLERS,
    **signature_operations.HANDLERS,
}
ACTIONS: Final = frozenset(
    {f"kms:{operation}" for operation in HANDLERS} - {"kms:ReEncrypt"} | {"kms:ReEncryptFrom", "kms:ReEncryptTo"}
)
"""What a caller can be denied; re-encryption needs two permissions, one for each key."""

NOT_OFFERED: Final = frozenset(
    {
        "Decapsulate",
        "DeriveSharedSecret",
        "Encapsulate",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GetKeyLastUsage",
    }
)
"""What AWS has and this front has not: said so, and not taken for a name nobody knows."""
