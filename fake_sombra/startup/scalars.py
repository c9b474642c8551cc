"""How single values are spelled: ports, numbers, durations, choices, booleans.

One of Sombra's own that is set but empty takes its default and says so: rendered manifests and Terraform write such
lines. An empty `FAKE_SOMBRA_*` is a mistake in a rehearsal, and refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address

from fake_sombra.startup.reading import Reader

HIGHEST_PORT = 65_535
_OURS = "FAKE_SOMBRA_"
_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) *([a-z]+)")
_UNITS = {
    ("s", "sec", "secs", "second", "seconds"): 1.0,
    ("m", "min", "mins", "minute", "minutes"): 60.0,
    ("h", "hr", "hrs", "hour", "hours"): 3_600.0,
    ("d", "day", "days"): 86_400.0,
    ("w", "week", "weeks"): 604_800.0,
    ("y", "yr", "yrs", "year", "years"): 31_557_600.0,
}
_SECONDS = {name: seconds for names, seconds in _UNITS.items() for name in names}


def _given(reader: Reader, variable: str) -> str | None:
    """The value to read; None when its default counts."""
    value = reader.environ.get(variable)
    if value is not None and not value.strip() and not variable.startswith(_OURS):
        reader.warn(variable, "is empty; its default is used, so unset it or give a value")
        return None
    return value


def port(reader: Reader, variable: str) -> int | None:
    """A TCP port, 0 for any free one; None when unset or refused."""
    value = _given(reader, variable)
    if value is None:
        return None
    if not _WHOLE.fullmatch(value) or int(value) > HIGHEST_PORT:
        reader.refuse(variable, f"is not a port; use a whole number from 0 (any free one) to {HIGHEST_PORT}")
        return None
    return int(value)


def address(reader: Reader, variable: str, default: str) -> str:
    """An IPv4 address to listen on."""
    value = _given(reader, variable)
    if value is None:
        return default
    try:
        return str(IPv4Address(value))
    except AddressValueError:
        reader.refuse(variable, "is not an IPv4 address; write 0.0.0.0 in a container, or leave it unset for loopback")
        return default


def whole(reader: Reader, variable: str, default: int, *, low: int, high: int) -> int:
    """A whole number within bounds."""
    value = _given(reader, variable)
    if value is None:
        return default
    if not _WHOLE.fullmatch(value) or not low <= int(value) <= high:
        reader.refuse(variable, f"is not a whole number from {low} to {high}; correct it or leave it unset")
        return default
    return int(value)


def seconds(reader: Reader, variable: str, default: float, *, low: float = 0.0) -> float:
    """A plain decimal number of seconds, at least `low`."""
    value = _given(reader, variable)
    if value is None:
        return default
    if not _DECIMAL.fullmatch(value) or float(value) < low:
        reader.refuse(variable, f"is not a number of seconds of at least {low:g}; correct it or leave it unset")
        return default
    return float(value)


def rate(reader: Reader, variable: str) -> tuple[int, float] | None:
    """`CALLS/SECONDS`, both whole and positive; None when unset or refused."""
    value = _given(reader, variable)
    if value is None:
        return None
    found = _RATE.fullmatch(value)
    if found is None:
        reader.refuse(variable, "is not CALLS/SECONDS, such as 100/60; correct it or leave it unset")
        return None
    return int(found[1]), float(found[2])


def duration(reader: Reader, variable: str, default: float) -> float:
    """A span such as `5 days` or `3 hour` (sombra.md 2), in seconds; at least one second."""
    value = _given(reader, variable)
    if value is None:
        return default
    found = _DURATION.fullmatch(value.strip().lower())
    span = float(found[1]) * _SECONDS.get(found[2], 0.0) if found else 0.0
    if span < 1:
        reader.refuse(
            variable, "is not a duration of a second or more; write it with its unit, as `5 days` or `3 hour`"
        )
        return default
    return span


def choice(reader: Reader, variable: str, default: str, allowed: Sequence[str]) -> str:
    """One of a few words, spelled exactly."""
    value = _given(reader, variable)
    if value is None:
        return default
    if value not in allowed:
        reader.refuse(variable, f"must be exactly {' or '.join(allowed)}; correct it or leave it unset")
        return default
    return value


def boolean(reader: Reader, variable: str, *, default: bool) -> bool:
    """`true` or `false`; a near miss counts as the default, and says so (D-06, fidelity.md#throw-flag-values)."""
    value = _given(reader, variable)
    if value in {"true", "false"}:
        return value == "true"
    if value is not None:
        reader.warn(variable, f"is neither true nor false and counts as {str(default).lower()}; write one of the two")
    return default
