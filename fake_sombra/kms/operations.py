"""What each operation does once it is allowed to: pure functions over a key table and its material.

The order of the rules for a cryptographic call: resolve the key (for Decrypt from the blob), authorization,
state, usage, sizes, DryRun, effect. AWS does not publish its own order (kms.md section 10): fidelity.md.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.keys import ENABLED, SYMMETRIC, Arn, Caller, Key, Keys
from fake_sombra.kms.material import BadBlob, Material, digest

LONGEST_PLAINTEXT = 4096
LONGEST_BLOB = 6144
LONGEST_RANDOM = 1024
_INCORRECT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."
_FOREIGN_BLOB = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access."
)


@dataclass(slots=True)
class Note:
    """What the journal will say of the call in hand."""

    key: str | None = None
    bytes: int | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """One call in hand: the keys, the denied actions, the caller, and the note for the journal."""

    keys: Keys
    material: Material
    denied: frozenset[str]
    caller: Caller
    note: Note

    def authorize(self, action: str, resource: str) -> None:
        """The deny switch; a policy evaluator takes this place."""
        if action in self.denied:
            raise KmsError(
                "AccessDeniedException",
                f"User: {self.caller.principal} is not authorized to perform: {action} on resource: {resource} "
                f"because no identity-based policy allows the {action} action",
            )

    def usable(self, body: Mapping[str, Any], action: str) -> Key:
        """The key a call names, once all rules but sizes are passed."""
        key = self.keys.resolve(body.get("KeyId"), self.caller)
        return self.admitted(key, action)

    def admitted(self, key: Key, action: str) -> Key:
        """Authorization, state and usage of one key."""
        self.note.key = str(key.arn)
        self.authorize(action, str(key.arn))
        _require_state(key)
        if key.usage != "ENCRYPT_DECRYPT" or key.spec != SYMMETRIC:
            raise KmsError(
                "InvalidKeyUsageException",
                f"{key.arn} key usage is {key.usage} which is not valid for {action.removeprefix('kms:')}.",
            )
        return key


def _require_state(key: Key) -> None:
    if key.state == "Disabled":
        raise KmsError("DisabledException", f"{key.arn} is disabled.")
    if key.state == "PendingDeletion":
        raise KmsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.state == "Unavailable":
        raise KmsError("KeyUnavailableException", f"{key.arn} is unavailable.")
    if key.state != ENABLED:
        raise KmsError("KMSInvalidStateException", f"{key.arn} is pending import.")


def _invalid(what: str) -> KmsError:
    return KmsError("ValidationException", f"1 validation error detected: {what}")


def _blob(body: Mapping[str, Any], name: str, longest: int) -> bytes:
    value = body.get(name)
    if isinstance(value, str):
        try:
            value = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise KmsError("SerializationException", f"{name} is not base64") from error
    if not isinstance(value, bytes) or not 1 <= len(value) <= longest:
        raise _invalid(f"Value at '{name}' must have length between 1 and {longest}")
    return value


def _context(body: Mapping[str, Any], note: Note, name: str = "EncryptionContext") -> dict[str, str]:
    context = body.get(name) or {}
    if not isinstance(context, dict) or not all(isinstance(part, str) for pair in context.items() for part in pair):
        raise KmsError("SerializationException", f"{name} must map strings to strings")
    note.context = digest(context) if context else None
    return context


def _end_if_dry(body: Mapping[str, Any]) -> None:
    if body.get("DryRun") is True:
        raise KmsError("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def encrypt(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Encrypt up to 4,096 bytes."""
    key = desk.usable(body, "kms:Encrypt")
    plaintext = _blob(body, "Plaintext", LONGEST_PLAINTEXT)
    desk.note.bytes = len(plaintext)
    context = _context(body, desk.note)
    _end_if_dry(body)
    blob = desk.material.encrypt(key.versions[-1], plaintext, context)
    return {"CiphertextBlob": _text(blob), "KeyId": str(key.arn), "EncryptionAlgorithm": SYMMETRIC}


def _opened(desk: Desk, body: Mapping[str, Any], *, action: str, named: str, context_name: str) -> tuple[Key, bytes]:
    blob = _blob(body, "CiphertextBlob", LONGEST_BLOB)
    wanted = desk.keys.resolve(body[named], desk.caller) if body.get(named) is not None else None
    desk.note.key = str(wanted.arn) if wanted else None
    version = desk.material.version_of(blob)
    if version is None:
        desk.authorize(action, str(wanted.arn) if wanted else "*")
        raise KmsError("InvalidCiphertextException", "")
    key = desk.keys.of_version(version)
    if key is None or (key.arn.region, key.arn.account) != (desk.caller.region, desk.caller.account):
        raise KmsError("AccessDeniedException", _FOREIGN_BLOB)
    if wanted is not None and wanted.arn != key.arn:
        raise KmsError("IncorrectKeyException", _INCORRECT_KEY)
    desk.admitted(key, action)
    context = _context(body, desk.note, context_name)
    try:
        plaintext = desk.material.decrypt(blob, context)
    except BadBlob as error:
        raise KmsError("InvalidCiphertextException", "") from error
    desk.note.bytes = len(plaintext)
    return key, plaintext


def decrypt(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Open a blob under the key that it names, which must be the one asked for."""
    key, plaintext = _opened(desk, body, action="kms:Decrypt", named="KeyId", context_name="EncryptionContext")
    _end_if_dry(body)
    return {"KeyId": str(key.arn), "Plaintext": _text(plaintext), "EncryptionAlgorithm": SYMMETRIC}


def re_encrypt(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Open under one key, seal under another."""
    source, plaintext = _opened(
        desk, body, action="kms:ReEncryptFrom", named="SourceKeyId", context_name="SourceEncryptionContext"
    )
    target = desk.usable({"KeyId": body.get("DestinationKeyId")}, "kms:ReEncryptTo")
    context = _context(body, desk.note, "DestinationEncryptionContext")
    _end_if_dry(body)
    blob = desk.material.encrypt(target.versions[-1], plaintext, context)
    return {"CiphertextBlob": _text(blob), "SourceKeyId": str(source.arn), "KeyId": str(target.arn)}


def generate_data_key(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """A fresh key in both forms; exactly one of KeySpec and NumberOfBytes."""
    key = desk.usable(body, "kms:GenerateDataKey")
    spec, count = body.get("KeySpec"), body.get("NumberOfBytes")
    if (spec is None) == (count is None):
        raise KmsError("ValidationException", "Please specify either number of bytes or key spec.")
    size = {"AES_256": 32, "AES_128": 16}.get(str(spec)) if count is None else count
    if not isinstance(size, int) or not 1 <= size <= LONGEST_RANDOM:
        raise _invalid("Value at 'numberOfBytes' or 'keySpec' is out of range")
    desk.note.bytes = size
    context = _context(body, desk.note)
    _end_if_dry(body)
    plaintext = os.urandom(size)
    blob = desk.material.encrypt(key.versions[-1], plaintext, context)
    return {"Plaintext": _text(plaintext), "CiphertextBlob": _text(blob), "KeyId": str(key.arn)}


def generate_data_key_without_plaintext(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """The wrapped form only."""
    answer = generate_data_key(desk, body)
    del answer["Plaintext"]
    return answer


def generate_random(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Random bytes; the action takes no resource, so a policy must allow it on `*`."""
    desk.authorize("kms:GenerateRandom", "*")
    size = body.get("NumberOfBytes")
    if not isinstance(size, int) or not 1 <= size <= LONGEST_RANDOM:
        raise _invalid("Value at 'numberOfBytes' must be between 1 and 1024")
    desk.note.bytes = size
    return {"Plaintext": _text(os.urandom(size))}


def describe_key(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata, whatever the state."""
    key = desk.keys.resolve(body.get("KeyId"), desk.caller)
    desk.note.key = str(key.arn)
    desk.authorize("kms:DescribeKey", str(key.arn))
    return {"KeyMetadata": dict(desk.keys.metadata(key))}


def create_key(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """A fresh key in the caller's region."""
    desk.authorize("kms:CreateKey", "*")
    version = desk.material.create()
    key = Key(
        Arn(desk.caller.region, desk.caller.account, "key", version),
        (version,),
        str(body.get("KeySpec", SYMMETRIC)),
        str(body.get("KeyUsage", "ENCRYPT_DECRYPT")),
        description=str(body.get("Description", "")),
    )
    desk.keys.by_arn[str(key.arn)] = key
    desk.note.key = str(key.arn)
    return {"KeyMetadata": dict(desk.keys.metadata(key))}


def _changing(action: str, state: str, allowed: tuple[str, ...]) -> Callable[[Desk, Mapping[str, Any]], dict[str, Any]]:
    def change(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
        key = desk.keys.resolve(body.get("KeyId"), desk.caller)
        desk.note.key = str(key.arn)
        desk.authorize(action, str(key.arn))
        if action == "kms:ScheduleKeyDeletion" and not 7 <= int(body.get("PendingWindowInDays", 30)) <= 30:  # noqa: PLR2004
            raise _invalid("Value at 'pendingWindowInDays' must be between 7 and 30")
        if key.state not in allowed:
            raise KmsError("KMSInvalidStateException", f"{key.arn} is {_spoken(key.state)}.")
        desk.keys.by_arn[str(key.arn)] = replace(key, state=state)
        return {"KeyId": str(key.arn), "KeyState": state}

    return change


def _spoken(state: str) -> str:
    return {"PendingDeletion": "pending deletion", "PendingImport": "pending import"}.get(state, state.lower())


def rotate_on_demand(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """New material for what comes; old blobs keep opening."""
    key = desk.usable(body, "kms:RotateKeyOnDemand")
    desk.keys.by_arn[str(key.arn)] = replace(key, versions=(*key.versions, desk.material.create()))
    return {"KeyId": str(key.arn)}


def list_keys(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Every key of the caller's region and account."""
    here = (desk.caller.region, desk.caller.account)
    found = [key for key in desk.keys.by_arn.values() if (key.arn.region, key.arn.account) == here]
    return {"Keys": [{"KeyId": key.arn.name, "KeyArn": str(key.arn)} for key in found], "Truncated": False}


def _alias_arn(desk: Desk, body: Mapping[str, Any]) -> str:
    name = str(body.get("AliasName", ""))
    if not name.startswith("alias/"):
        raise KmsError("ValidationException", "Invalid identifier")
    return str(Arn(desk.caller.region, desk.caller.account, "alias", name.removeprefix("alias/")))


def point_alias(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """CreateAlias and UpdateAlias."""
    key = desk.keys.resolve(body.get("TargetKeyId"), desk.caller)
    desk.note.key = str(key.arn)
    desk.keys.aliases[_alias_arn(desk, body)] = str(key.arn)
    return {}


def delete_alias(desk: Desk, body: Mapping[str, Any]) -> dict[str, Any]:
    """Forget an alias."""
    if desk.keys.aliases.pop(_alias_arn(desk, body), None) is None:
        raise KmsError("NotFoundException", f"Alias {_alias_arn(desk, body)} is not found.")
    return {}


OPERATIONS: Mapping[str, Callable[[Desk, Mapping[str, Any]], dict[str, Any]]] = {
    "CancelKeyDeletion": _changing("kms:CancelKeyDeletion", "Disabled", ("PendingDeletion",)),
    "CreateAlias": point_alias,
    "CreateKey": create_key,
    "Decrypt": decrypt,
    "DeleteAlias": delete_alias,
    "DescribeKey": describe_key,
    "DisableKey": _changing("kms:DisableKey", "Disabled", (ENABLED, "Disabled")),
    "EnableKey": _changing("kms:EnableKey", ENABLED, (ENABLED, "Disabled")),
    "Encrypt": encrypt,
    "GenerateDataKey": generate_data_key,
    "GenerateDataKeyWithoutPlaintext": generate_data_key_without_plaintext,
    "GenerateRandom": generate_random,
    "ListKeys": list_keys,
    "ReEncrypt": re_encrypt,
    "RotateKeyOnDemand": rotate_on_demand,
    "ScheduleKeyDeletion": _changing("kms:ScheduleKeyDeletion", "PendingDeletion", (ENABLED, "Disabled")),
    "UpdateAlias": point_alias,
}
