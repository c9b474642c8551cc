"""Which key a call is about, read without asking the rules: for faults that concern one key only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from fake_sombra.kms.call import Caller
from fake_sombra.kms.vault import Vault


def key_asked(vault: Vault, body: Mapping[str, Any], caller: Caller, account: str) -> str | None:
    """The ARN of the key that a call names, or whose blob it brings; None where there is no such key."""
    named = body.get("KeyId", body.get("SourceKeyId"))
    if isinstance(named, str):
        return _named(vault, named, f":kms:{caller.region}:{account}:")
    blob = body.get("CiphertextBlob")
    return _maker(vault, blob, caller.region) if isinstance(blob, str) else None


def _named(vault: Vault, name: str, here: str) -> str | None:
    local = name if name.startswith("alias/") else f"key/{name}"
    spellings = (*vault.keys, *vault.aliases)
    arn = next((each for each in spellings if each == name or each.endswith(here + local)), None)
    return arn if arn is None or arn in vault.keys else vault.aliases[arn]


def _maker(vault: Vault, blob: str, region: str) -> str | None:
    try:
        material = vault.backend.material_of(base64.b64decode(blob, validate=True))
    except (binascii.Error, ValueError):
        return None
    owner = None if material is None else vault.owner_of(material, region)
    return None if owner is None else owner.arn
