"""How Compose reads text: `${NAME}` is known only where it runs; an env file has quotes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.doctor.reading import FileFault, Place

_REFERENCE = re.compile(r"\$(?:\$|\{|[A-Za-z_])")
_ASSIGNMENT = re.compile(r"(?:export\s+)?(?P<name>[^\s=:]+)\s*(?:[=:]\s*(?P<value>.*))?", re.DOTALL)
_SPAN = re.compile(r"(?:(?P<h>[0-9]{1,9})h)?(?:(?P<m>[0-9]{1,9})m(?!s))?(?:(?P<s>[0-9]{1,9})(?:\.[0-9]+)?s)?")


def interpolated(text: str) -> str | None:
    """The text with `$$` as a dollar sign; None when a variable of the shell would stand in it."""
    if any(match[0] != "$$" for match in _REFERENCE.finditer(text)):
        return None
    return text.replace("$$", "$")


def env_file_pairs(text: str, *, path: str) -> Iterator[tuple[str, str | None, Place]]:
    """The variables of a Compose env file; one without a value comes from the shell."""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        found = _ASSIGNMENT.fullmatch(line)
        if found is None:
            raise FileFault(Place(path, number), "not NAME=value", "write one variable a line")
        value = found["value"]
        yield found["name"], None if value is None else _unquoted(value), Place(path, number)


def seconds(text: str) -> int | None:
    """A span of time such as `1m30s`, in seconds; None when it is none."""
    found = _SPAN.fullmatch(text)
    if found is None or not text:
        return None
    return int(found["h"] or 0) * 3600 + int(found["m"] or 0) * 60 + int(found["s"] or 0)


def _unquoted(value: str) -> str | None:
    if value[:1] in {"'", '"'} and (end := value.find(value[0], 1)) > 0:
        inner = value[1:end]
        return inner if value[0] == "'" else interpolated(inner)
    return interpolated(re.split(r"\s#", value, maxsplit=1)[0].rstrip())
