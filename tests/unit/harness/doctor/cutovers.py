"""Whole migrations as files in memory: what the tests of this folder examine."""

from __future__ import annotations

from collections.abc import Mapping

from harness.doctor import examine
from harness.environment import EnvFile
from harness.run import Finding
from tests.conformance.startup_rows import aws, local, p384


def file(path: str, variables: Mapping[str, str]) -> EnvFile:
    """An env file of these variables, one a line in their order."""
    content = "".join(f"{name}={value}\n" for name, value in variables.items())
    return EnvFile.parse(content.encode(), path=path)


def keys(*names: str) -> str:
    """A key list; the same name is the same key."""
    return ",".join(p384(name) for name in names)


def before(*names: str, **changed: str | None) -> EnvFile:
    """The environment of today, with these keys (`old` alone by default)."""
    return file("before.env", local(**{"JWT_ECDSA_KEY": keys(*names or ("old",)), **changed}))


def after(*names: str, **changed: str | None) -> EnvFile:
    """The environment of the cutover, with these keys (`new,old` by default) and no hidden errors."""
    chosen = {"JWT_ECDSA_KEY": keys(*names or ("new", "old")), "AWS_KMS_THROW_PERMISSIONS_ERRORS": "true"}
    return file("after.env", aws(**{**chosen, **changed}))


def back(*names: str, **changed: str | None) -> EnvFile:
    """A rollback environment, with these keys (`new,old` by default)."""
    return file("rollback.env", local(**{"JWT_ECDSA_KEY": keys(*names or ("new", "old")), **changed}))


def found(one: EnvFile, two: EnvFile, three: EnvFile | None = None, *, level: str = "") -> dict[str, Finding]:
    """The findings of a migration by id, of one level or of all."""
    return {each.id: each for each in examine(one, two, three) if level in {"", each.level}}
