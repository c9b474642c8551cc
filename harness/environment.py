"""How `docker --env-file` reads a file, and which of its variables may be shown.

The syntax is docker's, measured against its 28.2 client: a line ends at a newline and loses one carriage
return before it; white space in front of a line goes, everything after the first `=` stays; quotes are literal;
a byte order mark is dropped from the first line only. Stricter than docker: a bare `NAME` is an error, and so
are NUL bytes, which no process can be given.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from harness import drill
from harness.fetching import fetch
from harness.key_facts import key_entries
from harness.run import Finding

SIGNING_KEYS = "JWT_ECDSA_KEY"

_LIMIT = 4 * 1024 * 1024
_LINE_LIMIT = 64 * 1024
_BOM = b"\xef\xbb\xbf"
_GO_WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_ORDINARY_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,63}")
_HARMLESS_VALUE = re.compile(r"[A-Za-z0-9_.:/,@+ -]{0,200}")
_SHOWN = frozenset(
    {
        "AWS_DEFAULT_REGION",
        "AWS_KMS_CUSTOM_KEY_STORE_ID",
        "AWS_KMS_KEY_ARN",
        "AWS_KMS_THROW_PERMISSIONS_ERRORS",
        "AWS_REGION",
        "KMS_PROVIDER",
        "ORGANIZATION_URI",
        "SOMBRA_ID",
    }
)

_CLOUD_KEYS = {"AWS": "AWS_KMS_KEY_ARN", drill.PROVIDER: drill.KEY_VARIABLE}


class EnvFileError(Exception):
    """A file that cannot be used as it is: where, why, and what to do; the command line exits with 2."""

    code: ClassVar[str] = "env-file"

    def __init__(self, file: str, line: int, *, cause: str, action: str) -> None:
        super().__init__(f"{file}:{line}: {cause}; {action}")
        self.file, self.line, self.cause, self.action = file, line, cause, action

    def finding(self) -> Finding:
        """The same as a finding, for a report that lists several files (G-14: keys come in through them)."""
        return Finding(self.code, "error", "G-14", self.file, self.line, self.cause, self.action)


class UnreadableFile(EnvFileError):
    """The file is missing, a directory, not permitted or larger than 4 MiB."""

    code = "file-unreadable"


class SyntaxFault(EnvFileError):
    """A line is not in `docker --env-file` syntax; the text of the line is never quoted."""

    code = "file-syntax"


@dataclass(frozen=True, slots=True)
class EnvFile:
    """One parsed file: values without a repr, the line each came from, and what is odd about it."""

    path: str
    variables: Mapping[str, str] = field(repr=False)
    lines: Mapping[str, int] = field(repr=False)
    findings: tuple[Finding, ...] = ()

    @classmethod
    def read(cls, path: str | Path) -> EnvFile:
        """Read a file, or raise `UnreadableFile` or `SyntaxFault`."""
        shown = str(path)
        try:
            content = fetch(path, limit=_LIMIT)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a usable path"
            action = "name a readable env file"
            raise UnreadableFile(shown, 1, cause=f"cannot be read: {reason}", action=action) from error
        if len(content) > _LIMIT:
            raise UnreadableFile(shown, 1, cause="larger than 4 MiB", action="name the env file itself")
        return cls.parse(content, path=shown)

    @classmethod
    def parse(cls, content: bytes, *, path: str) -> EnvFile:
        """Parse the bytes of a file; a later duplicate wins and leaves a warning. Raises `SyntaxFault`."""
        variables: dict[str, str] = {}
        lines: dict[str, int] = {}
        findings: list[Finding] = []
        for number, raw in enumerate(content.removeprefix(_BOM).split(b"\n"), start=1):
            pair = _pair(raw, path=path, number=number)
            if pair is None:
                continue
            name, value = pair
            if name in variables:
                findings.append(_twice(name, path=path, number=number, first=lines[name]))
            variables[name], lines[name] = value, number
        return cls(path, MappingProxyType(variables), MappingProxyType(lines), tuple(findings))

    def line(self, name: str) -> int:
        """The line that sets a variable; 1 when none does."""
        return self.lines.get(name, 1)


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables one gateway is started with, under the name of their part (`before`, `after`, …)."""

    name: str
    variables: Mapping[str, str] = field(repr=False)
    source: str


def default_rollback(after: EnvFile) -> EnvFile:
    """The guide's rollback: the environment of after with `KMS_PROVIDER=local` and nothing else changed."""
    variables = {**after.variables, "KMS_PROVIDER": "local"}
    return replace(after, variables=MappingProxyType(variables), findings=())


def is_shown(name: str) -> bool:
    """Whether a value may be printed: provider, region, ARN, organization and ids; all else is secret."""
    return name in _SHOWN


def shown_name(name: str) -> str:
    """A variable's name, unless it may be a piece of a wrapped key rather than a name."""
    return name if _ORDINARY_NAME.fullmatch(name) else "a variable of unusual name"


def shown_names(names: Iterable[str]) -> list[str]:
    """Names as they may be written down, in their order."""
    return sorted({shown_name(name) for name in names})


def facts(environment: Environment) -> dict[str, Any]:
    """What `run.json` keeps of an environment: shown values, key fingerprints, names of the secret rest."""
    variables = environment.variables
    shown = {name: _shown_value(variables[name]) for name in sorted(variables) if is_shown(name)}
    entries = key_entries(variables[SIGNING_KEYS]) if SIGNING_KEYS in variables else ()
    return {
        "provider": shown.get("KMS_PROVIDER", "local"),
        "keys": [entry.fingerprint or f"unusable: {entry.fault}" for entry in entries],
        "kms_key_arn": shown.get("AWS_KMS_KEY_ARN"),
        "region": shown.get("AWS_REGION"),
        "organization": shown.get("ORGANIZATION_URI"),
        "shown": shown,
        "secret": sorted(shown_name(name) for name in variables if not is_shown(name)),
        "source": environment.source,
    }


def cloud_key(provider: str, variables: Mapping[str, str]) -> str | None:
    """The name of the key under which a provider wraps; None for Local, whose key is the first signing key."""
    named = variables.get(_CLOUD_KEYS[provider]) if provider in _CLOUD_KEYS else None
    return None if named is None else _shown_value(named)


def digest(environments: Iterable[Environment]) -> str:
    """Bind the environments a run was made with: `sha256:` over the canonical JSON of their facts.

    Shown variables count by value and signing keys by fingerprint. Every other secret counts by its name alone:
    a plain hash would let a short one be guessed, and a salted one could not be computed again.
    """
    document = {
        each.name: {name: fact for name, fact in facts(each).items() if name != "source"} for each in environments
    }
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def _pair(raw: bytes, *, path: str, number: int) -> tuple[str, str] | None:
    line = _text(raw, path=path, number=number)
    if not line or line.startswith("#"):
        return None
    name, equals, value = line.partition("=")
    if not equals:
        cause = "not NAME=value"
        action = "give it a value, or encode the value above it on one line (base64 --wrap=0)"
        raise SyntaxFault(path, number, cause=cause, action=action)
    if not name:
        raise SyntaxFault(path, number, cause="no name before the `=`", action="name the variable")
    if any(letter.isspace() for letter in name):
        cause = "the name before the `=` holds white space"
        action = "write NAME=value, without `export` and without blanks around the `=`"
        raise SyntaxFault(path, number, cause=cause, action=action)
    return name, value


def _text(raw: bytes, *, path: str, number: int) -> str:
    if len(raw) >= _LINE_LIMIT:
        raise SyntaxFault(path, number, cause="longer than 64 KiB, docker's limit", action="shorten the line")
    if b"\0" in raw:
        raise SyntaxFault(path, number, cause="holds a NUL byte", action="save the file as plain UTF-8 text")
    try:
        text = raw.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        action = "save the file as plain UTF-8 text"
        raise SyntaxFault(path, number, cause="not valid UTF-8", action=action) from None
    return text.lstrip(_GO_WHITE_SPACE)


def _twice(name: str, *, path: str, number: int, first: int) -> Finding:
    message = f"{shown_name(name)} is set on line {first} already; this line wins."
    return Finding("variable-twice", "warning", "G-14", path, number, message, "Keep one of the two lines.")


def _shown_value(value: str) -> str:
    return value if _HARMLESS_VALUE.fullmatch(value) else "(not shown: not of the expected form)"
