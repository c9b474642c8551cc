"""Environments for a rehearsal without an operator's files, or with fresh keys in place of theirs."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from secrets import token_bytes
from types import MappingProxyType

from harness.environment import EnvFile
from harness.key_material import fresh_key

ARN = "arn:aws:kms:eu-west-1:111122223333:key/0f5c3a52-7d5e-4c11-9d2b-3f6d2f1e8a70"
_KEYS = "JWT_ECDSA_KEY"


def before_and_after() -> tuple[EnvFile, EnvFile]:
    """The guide's own two environments, with fresh keys."""
    old, new = fresh_key("generated-old"), fresh_key("generated-new")
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
    """Replace key material, keeping which entries are equal across the files (`--generate-keys`)."""
    return tuple(_replaced(file) for file in files)


def _replaced(file: EnvFile) -> EnvFile:
    if _KEYS not in file.variables:
        return file
    items = [fresh_key(f"for {sha256(item.encode()).hexdigest()}") for item in file.variables[_KEYS].split(",")]
    variables = {**file.variables, _KEYS: ",".join(items)}
    return EnvFile(file.path, MappingProxyType(variables), file.lines, file.findings)


def _file(path: str, variables: dict[str, str]) -> EnvFile:
    lines = {name: number for number, name in enumerate(variables, start=1)}
    return EnvFile(path, MappingProxyType(variables), MappingProxyType(lines))
