"""How the single values of an env file are spelled: ports, spans of time, the address of Transcend, consent keys."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.doctor.rule import Boot, FileRule, Rule, Sighting

_PORTS = ("INTERNAL_PORT_HTTP", "EXTERNAL_PORT_HTTP")
_DEFAULT_PORTS = {"INTERNAL_PORT_HTTP": 5039, "EXTERNAL_PORT_HTTP": 5042}
_HIGHEST_PORT = 65_535
_SPANS = ("DATA_SUBJECT_SESSION_EXPIRY_TIME", "EMPLOYEE_SESSION_EXPIRY_TIME")
_SPAN_FORM = re.compile(
    r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?) *"
    r"(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|y|yrs?|years?)"
)
_UNIT_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_557_600}
_URL, _CONSENT = "TRANSCEND_URL", "CONSENT_IDENTIFIER_ENCRYPTION_KEY"
_SHORTEST_CONSENT_KEY = 16


def _given(boot: Boot, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The variables that hold something; an empty one has its default and a rule of its own."""
    return ((name, boot.value(name)) for name in names if boot.value(name).strip())


def _empty(boot: Boot) -> Iterator[Sighting]:
    for name in (*_PORTS, *_SPANS, "AWS_KMS_THROW_PERMISSIONS_ERRORS", _CONSENT):
        if name in boot.source.variables and not boot.value(name).strip():
            yield Sighting(boot, name, f"{name} is set but empty; its default counts.", "Remove the line, or fill it.")


def _port(boot: Boot) -> Iterator[Sighting]:
    for name, value in _given(boot, _PORTS):
        if _number(value) is None:
            message = f"{name} is not a port from 0 to {_HIGHEST_PORT}."
            yield Sighting(boot, name, message, "Write the number alone, or remove the line.")


def _same_port(boot: Boot) -> Iterator[Sighting]:
    internal, external = (_number(boot.value(name) or str(_DEFAULT_PORTS[name])) for name in _PORTS)
    if internal and internal == external:
        message = f"{_PORTS[1]} is the same port as {_PORTS[0]}; only one listener can have it."
        yield Sighting(boot, _PORTS[1], message, "Give each listener its own port.")


def _number(value: str) -> int | None:
    number = int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None
    return number if number is not None and number <= _HIGHEST_PORT else None


def _span(boot: Boot) -> Iterator[Sighting]:
    for name, value in _given(boot, _SPANS):
        found = _SPAN_FORM.fullmatch(value.strip().lower())
        if found is None or float(found["number"]) * _UNIT_S[found["unit"][0]] < 1:
            yield Sighting(boot, name, f"{name} is not a span of time.", "Write it with its unit: `5 days`, `3 hour`.")


def _address(boot: Boot) -> Iterator[Sighting]:
    value = boot.value(_URL)
    if value and not _is_web(value):
        action = "Write https://api.transcend.io, or https://api.us.transcend.io for the US."
        yield Sighting(boot, _URL, f"{_URL} is not an http or https address.", action)


def _is_web(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return value == value.strip() and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _consent(boot: Boot) -> Iterator[Sighting]:
    for _, value in _given(boot, (_CONSENT,)):
        for place, item in enumerate(value.split(","), start=1):
            if not _is_consent_key(item):
                message = f"{_CONSENT} item {place} is not strict base64 of at least {_SHORTEST_CONSENT_KEY} bytes."
                yield Sighting(boot, _CONSENT, message, "Copy the key again, without blanks or quotes.")


def _is_consent_key(item: str) -> bool:
    try:
        decoded = base64.b64decode(item, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(decoded) >= _SHORTEST_CONSENT_KEY and base64.b64encode(decoded).decode() == item


RULES: tuple[FileRule, ...] = (
    Rule("empty-variable", "warning", "G-19", "a variable is set but empty", _empty),
    Rule("port-form", "error", "G-19", "a port is none", _port, refuses=True),
    Rule("port-shared", "error", "G-19", "two listeners share a port", _same_port, refuses=True),
    Rule("span-form", "error", "G-19", "a span of time is none", _span, refuses=True),
    Rule("transcend-url-form", "error", "G-19", "the address of Transcend is none", _address, refuses=True),
    Rule("consent-key-form", "error", "D-12", "a consent key is none", _consent, refuses=True, modes=("F42",)),
)
