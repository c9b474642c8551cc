"""How single values are spelled: ports, numbers, durations, choices, booleans."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from fake_sombra.startup.reading import Reader

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(second|minute|hour|day|week)s?\s*")
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}
_HIGHEST_PORT = 65_535


def port(reader: Reader, variable: str, default: int | None) -> int | None:
    """A TCP port, 0 for any free one."""
    value = reader.environ.get(variable)
    if value is None or value == "":
        return default
    if not value.isascii() or not value.isdigit() or int(value) > _HIGHEST_PORT:
        reader.refuse(variable, "is not a port; use a whole number from 0 to 65535")
        return default
    return int(value)


def number(reader: Reader, variable: str, default: float, *, lowest: float = 0.0) -> float:
    """A finite number, at least `lowest`."""
    value = reader.environ.get(variable)
    if value is None or value == "":
        return default
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or found < lowest:
        reader.refuse(variable, f"is not a number of at least {lowest:g}")
        return default
    return found


def duration(reader: Reader, variable: str, default: float) -> float:
    """A span such as `5 days`, in seconds."""
    value = reader.environ.get(variable)
    if value is None or value == "":
        return default
    found = _DURATION.fullmatch(value)
    if found is None:
        reader.refuse(variable, "is not a duration; write it as `5 days` or `3 hour`")
        return default
    return float(found.group(1)) * _SECONDS[found.group(2)]


def choice(reader: Reader, variable: str, default: str, allowed: Sequence[str]) -> str:
    """One of a few words, spelled exactly."""
    value = reader.environ.get(variable)
    if value is None or value == "":
        return default
    if value not in allowed:
        reader.refuse(variable, f"must be one of {', '.join(allowed)}")
        return default
    return value


def boolean(reader: Reader, variable: str, *, default: bool) -> bool:
    """`true` or `false`."""
    return choice(reader, variable, str(default).lower(), ("true", "false")) == "true"
