"""Environments for a rehearsal without an operator's files, or with fresh keys in place of theirs."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from secrets import token_bytes
from types import MappingProxyType

from harness.environment import EnvFile
from harness.key_facts import key_entries
from harness.key_material import fresh_key

ARN = "arn:aws:kms:eu-west-1:111122223333:key/0f5c3a52-7d5e-4c11-9d2b-3f6d2f1e8a70"
_KEYS = "JWT_ECDSA_KEY"


def before_and_after(name: str = "generated") -> tuple[EnvFile, EnvFile]:
    """The guide's own two environments, with fresh keys; those of another name are others."""
    old, new = fresh_key(f"{name}-old"), fresh_key(f"{name}-new")
    common = {
        "ORGANIZATION_URI": "rehearsal",
        "INTERNAL_KEY_HASH": b64encode(sha256(token_bytes(32)).digest()).decode(),
    }
    before = {**common, "KMS_PROVIDER": "local", _KEYS: old}
    after = {
        **common,
        "KMS_PROVIDER": "AWS",
        "AWS_KMS_KEY_ARN": ARN,
        "AWS_REGION": "eu-west-1",
        _KEYS: f"{new},{old}",
    }
    return _file("(generated before)", before), _file("(generated after)", after)


def with_fresh_keys(*files: EnvFile) -> tuple[EnvFile, ...]:
    """Replace key material, keeping which entries are equal across the files (`--generate-keys`).

    Signing keys, internal keys with their hashes, and consent keys are replaced; an entry that is unusable stays.
    """
    fresh = _Fresh()
    return tuple(_replaced(file, fresh) for file in files)


class _Fresh:
    """One fresh entry for each old one; the same old entry gets the same fresh one."""

    def __init__(self) -> None:
        self._random: dict[str, bytes] = {}

    def signing_key(self, item: str) -> str:
        """A P-384 key, unless the old entry is none: its fault is what is to be found."""
        if any(entry.fault for entry in key_entries(item)):
            return item
        return fresh_key(f"for {sha256(item.encode()).hexdigest()}")

    def internal_key(self, item: str) -> str:
        """The key behind a hash: a key and its own hash stay a pair."""
        raw = _decoded(item)
        return item if raw is None else b64encode(self._bytes(b64encode(sha256(raw).digest()).decode())).decode()

    def internal_key_hash(self, item: str) -> str:
        """The hash of the fresh key."""
        return item if _decoded(item) is None else b64encode(sha256(self._bytes(item)).digest()).decode()

    def consent_key(self, item: str) -> str:
        """Random bytes of the same length."""
        raw = _decoded(item)
        return item if raw is None else b64encode(self._bytes(f"consent {item}", len(raw))).decode()

    def _bytes(self, name: str, size: int = 32) -> bytes:
        return self._random.setdefault(name, token_bytes(size))


def _replaced(file: EnvFile, fresh: _Fresh) -> EnvFile:
    makers = {
        _KEYS: fresh.signing_key,
        "INTERNAL_KEY": fresh.internal_key,
        "INTERNAL_KEY_HASH": fresh.internal_key_hash,
        "CONSENT_IDENTIFIER_ENCRYPTION_KEY": fresh.consent_key,
    }
    changed = {
        name: ",".join(make(item) for item in file.variables[name].split(","))
        for name, make in makers.items()
        if file.variables.get(name, "").strip()
    }
    return replace(file, variables=MappingProxyType({**file.variables, **changed}))


def _decoded(item: str) -> bytes | None:
    try:
        return b64decode(item, validate=True) or None
    except ValueError:
        return None


def _file(path: str, variables: dict[str, str]) -> EnvFile:
    lines = {name: number for number, name in enumerate(variables, start=1)}
    return EnvFile(path, MappingProxyType(variables), MappingProxyType(lines))
