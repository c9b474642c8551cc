"""In which order AWS KMS asks: which key, which key made the blob, who may, in what state, for what use.

AWS does not publish the order of the last three (kms.md section 10); this one is a decision.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fake_sombra.kms import errors
from fake_sombra.kms.call import Call
from fake_sombra.kms.keys import SYMMETRIC, Arn, Key, encryption_algorithms

_KEY_ID = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_STATE_TEXTS = {
    "PendingDeletion": "pending deletion",
    "PendingImport": "pending import",
    "Unavailable": "unavailable",
}


def resolve(call: Call, identifier: str, *, action: str, by_alias: bool = True, abroad: bool = True) -> Key:
    """Find a key by id, key ARN, alias name or alias ARN, as this caller sees it; `action` is IAM's.

    Raises NotFoundException for what is not in the caller's region. A key of another account is found only if there
    is one and the operation goes that far (`abroad`); AWS tells neither apart, so both are AccessDeniedException.
    """
    arn = Arn.parse(identifier) or _bare(call, identifier)
    if arn.region != call.caller.region:
        raise errors.not_found(f"Invalid arn {arn.region}")
    if arn.account != call.account:
        found = _abroad(call, arn) if abroad and (by_alias or arn.kind == "key") else None
        if found is None:
            raise errors.denied_abroad(call.principal, action)
        return found
    if arn.kind == "alias":
        return _by_alias(call, arn, identifier, allowed=by_alias)
    key = call.vault.keys.get(str(arn))
    if key is None:
        known_shape = _KEY_ID.fullmatch(arn.name)
        raise errors.not_found(f"Key '{arn}' does not exist" if known_shape else f"Invalid keyId '{arn.name}'")
    return key


def _bare(call: Call, identifier: str) -> Arn:
    kind, name = ("alias", identifier[6:]) if identifier.startswith("alias/") else ("key", identifier)
    arn = Arn.parse(call.arn(kind, name))
    if arn is None or identifier.startswith("arn:"):
        raise errors.not_found(f"Invalid keyId '{identifier}'")
    return arn


def _abroad(call: Call, arn: Arn) -> Key | None:
    target = call.vault.aliases.get(str(arn)) if arn.kind == "alias" else str(arn)
    return call.vault.keys.get(target or "")


def _by_alias(call: Call, arn: Arn, identifier: str, *, allowed: bool) -> Key:
    if not allowed:
        raise errors.not_found(f"Invalid keyId '{identifier}'")
    target = call.vault.aliases.get(str(arn))
    if target is None:
        raise errors.not_found(f"Alias {arn} is not found.")
    return call.vault.keys[target]


def key_for_use(
    call: Call,
    identifier: str,
    *,
    action: str | None = None,
    usage: str = "ENCRYPT_DECRYPT",
    context: Mapping[str, str] | None = None,
) -> Key:
    """Find a key by the caller's identifier and pass every gate to its use."""
    action = action or f"kms:{call.operation}"
    key = resolve(call, identifier, action=action)
    call.key = call.key or key.arn
    admit(call, key, action=action, usage=usage, context=context)
    return key


def key_of_blob(call: Call, blob: bytes, named: str | None, *, action: str, context: Mapping[str, str]) -> Key:
    """Find the key that made a blob, hold it against the key the caller named, and pass every gate to its use."""
    pinned = resolve(call, named, action=action) if named is not None else None
    call.key = pinned.arn if pinned is not None else None
    if pinned is not None and pinned.account != call.account:
        call.may(action, pinned, context)  # before the blob can tell whether this key made it
    material = call.vault.backend.material_of(blob)
    if material is None:
        raise errors.invalid_ciphertext()
    key = call.vault.owner_of(material, call.caller.region)
    if key is None or key.region != call.caller.region:
        raise errors.blob_of_unknown_key()
    if pinned is None and key.account != call.account:
        _require_let_in(call, key, action=action, context=context)
    if pinned is not None and pinned.arn != key.arn:
        raise errors.incorrect_key()
    call.key = key.arn
    admit(call, key, action=action, usage="ENCRYPT_DECRYPT", context=context)
    return key


def _require_let_in(call: Call, key: Key, *, action: str, context: Mapping[str, str]) -> None:
    """A blob of another account's key, which the caller did not name, says no more than that it does not open."""
    try:
        call.may(action, key, context)
    except errors.KmsError as error:
        raise errors.blob_of_unknown_key() from error


def admit(call: Call, key: Key, *, action: str, usage: str, context: Mapping[str, str] | None = None) -> None:
    """Tokens, permission, then state, then usage."""
    require_known_tokens(call)
    call.may(action, key, context)
    require_enabled(key)
    if key.usage != usage:
        raise errors.invalid_usage(key.arn, key.usage, call.operation)


def require_known_tokens(call: Call) -> None:
    """Refuse a grant token that no CreateGrant handed out."""
    if not all(map(call.knows_token, call.parameters.get("GrantTokens") or ())):
        raise errors.KmsError("InvalidGrantTokenException")


def require_enabled(key: Key) -> None:
    """Refuse a key in any state but Enabled."""
    if key.state == "Disabled":
        raise errors.disabled(key.arn)
    require_not(key, *_STATE_TEXTS)


def require_not(key: Key, *states: str) -> None:
    """Refuse a key in one of these states with KMSInvalidStateException."""
    if key.state in states:
        raise errors.invalid_state(key.arn, _STATE_TEXTS[key.state])


def require_symmetric(call: Call, key: Key, algorithm: str = "EncryptionAlgorithm") -> None:
    """Refuse what only symmetric keys can do, and an algorithm that does not fit the key."""
    wanted = call.parameters.get(algorithm, SYMMETRIC)
    if wanted not in encryption_algorithms(key.spec):
        raise errors.incompatible(wanted, key.spec)
    if key.spec != SYMMETRIC:
        raise errors.unsupported(f"{key.arn}: this front encrypts nothing with {key.spec} keys.")
