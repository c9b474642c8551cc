"""Which operations this KMS offers, and which IAM actions stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fake_sombra.kms import alias_operations, cryptography_operations, key_operations, region_operations
from fake_sombra.kms.call import Handler

HANDLERS: Final[Mapping[str, Handler]] = {
    **alias_operations.HANDLERS,
    **cryptography_operations.HANDLERS,
    **key_operations.HANDLERS,
    **region_operations.HANDLERS,
}
ACTIONS: Final = frozenset(
    {f"kms:{operation}" for operation in HANDLERS} - {"kms:ReEncrypt"} | {"kms:ReEncryptFrom", "kms:ReEncryptTo"}
)
"""What a caller can be denied; re-encryption needs two permissions, one for each key."""
