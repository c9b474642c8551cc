"""How the parameters of a call are read: types, bounds and blobs, and how AWS words what is wrong with them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from fake_sombra.kms.errors import serialization, validation
from fake_sombra.kms.members import OPERATIONS, Member

Parameters = Mapping[str, Any]

_TYPES: Final = {"text": "String", "blob": "ByteBuffer", "integer": "Integer", "boolean": "Boolean"}
_UNEXPECTED: Final = {
    "list": "Expected list or null",
    "objects": "Expected list or null",
    "pairs": "Expected map or null",
}
_IN_ORDER: Final = {operation: sorted(members.items()) for operation, members in OPERATIONS.items()}
_LONGEST_SHOWN: Final = 256
_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "blob": lambda value: False,  # one that is text has been decoded
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "object": lambda value: isinstance(value, Mapping),
    "objects": lambda value: isinstance(value, list) and all(isinstance(each, Mapping) for each in value),
    "pairs": lambda value: isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()),
}


def read(operation: str, body: Mapping[str, Any]) -> Parameters:
    """Check a body against its operation and decode its blobs.

    Raises SerializationException for a wrong type and ValidationException with every bound that is broken.
    Members no operation has are ignored, as AWS does, and so are those of an operation that are null.
    """
    members = OPERATIONS[operation]
    given = {name: _typed(name, members[name], body[name]) for name in body if _is_given(members, body, name)}
    spared = {"CiphertextBlob"} - given.keys() if ignores_ciphertext(given) else frozenset()
    found = (_broken(name, member, given.get(name)) for name, member in _IN_ORDER[operation] if name not in spared)
    broken = [text for text in found if text is not None]
    if broken:
        plural = "error" if len(broken) == 1 else "errors"
        raise validation(f"{len(broken)} validation {plural} detected: {'; '.join(broken)}")
    return given


def ignores_ciphertext(given: Parameters) -> bool:
    """Whether a dry run asks for the permission alone, which needs a key and no ciphertext."""
    return bool(given.get("DryRun")) and "IGNORE_CIPHERTEXT" in given.get("DryRunModifiers", ())


def _is_given(members: Mapping[str, Member], body: Mapping[str, Any], name: str) -> bool:
    return name in members and body[name] is not None


def _typed(name: str, member: Member, value: Any) -> Any:
    if member.kind == "blob" and isinstance(value, str):
        return _decoded(name, value)
    if not _FITS[member.kind](value):
        raise serialization(_wrong_type(member, value))
    return value


def _decoded(name: str, value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise serialization(f"{name} cannot be decoded from base64") from error


def _wrong_type(member: Member, value: Any) -> str:
    """In AWS' words, which tell the kind of token that was found and never its content."""
    wanted = _TYPES.get(member.kind)
    if wanted is None:
        return _UNEXPECTED.get(member.kind, "Unexpected value type in payload")
    if isinstance(value, Mapping | list):
        return f"Start of {'list' if isinstance(value, list) else 'structure or map'} found where not expected."
    if isinstance(value, bool):
        return f"{str(value).upper()}_VALUE cannot be converted to {wanted}"
    found = "STRING" if isinstance(value, str) else "NUMBER" if isinstance(value, int) else "DECIMAL"
    return f"{found}_VALUE cannot be converted to {wanted}"


def _broken(name: str, member: Member, value: Any) -> str | None:
    """Say which bound a value breaks as AWS does: with the value, unless it is a blob or hidden."""
    if value is None and not member.required:
        return None
    path = name[0].lower() + name[1:]
    if value is None:
        return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
    fault = _fault(member, value)
    if fault is None:
        return None
    shown = f" '{_shown(value)}'" if member.kind in {"text", "integer", "list"} and not member.hidden else ""
    return f"Value{shown} at '{path}' failed to satisfy constraint: {fault}"


def _fault(member: Member, value: Any) -> str | None:
    if member.values:
        is_list = member.kind == "list"
        if set(value if is_list else (value,)) <= set(member.values):
            return None
        wanted = f"Member must satisfy enum value set: [{', '.join(member.values)}]"
        return f"Member must satisfy constraint: [{wanted}]" if is_list else wanted
    if member.kind == "integer":
        return _beyond("value", value, member)
    return _beyond("length", len(value), member) if member.kind in {"text", "blob", "list"} else None


def _shown(value: Any) -> str:
    """A long text is cut, for a refusal is journalled."""
    text = f"[{', '.join(value)}]" if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _beyond(what: str, measure: int, member: Member) -> str | None:
    if measure < member.low:
        return f"Member must have {what} greater than or equal to {member.low}"
    if measure > member.high:
        return f"Member must have {what} less than or equal to {member.high}"
    return None
