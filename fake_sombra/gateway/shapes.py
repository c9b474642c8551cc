"""What a caller's JSON must look like before any use case sees it: everything else is `bad_request`."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, NoReturn

from fake_sombra.errors import BadRequest, Tampered

_IDENTITY = re.compile(r"[A-Za-z0-9_.:@+=-]{1,200}")
_LONGEST_NAME = 1024

ACTIONS = (
    "AUTOMATED_DECISION_MAKING_OPT_OUT",
    "USE_OF_SENSITIVE_INFORMATION_OPT_OUT",
    "CONTACT_OPT_OUT",
    "SALE_OPT_OUT",
    "TRACKING_OPT_OUT",
    "CUSTOM_OPT_OUT",
    "AUTOMATED_DECISION_MAKING_OPT_IN",
    "USE_OF_SENSITIVE_INFORMATION_OPT_IN",
    "SALE_OPT_IN",
    "TRACKING_OPT_IN",
    "CONTACT_OPT_IN",
    "CUSTOM_OPT_IN",
    "ACCESS",
    "ERASURE",
    "RECTIFICATION",
    "RESTRICTION",
    "BUSINESS_PURPOSE",
    "PLACE_ON_LEGAL_HOLD",
    "REMOVE_FROM_LEGAL_HOLD",
)
"""RequestAction of the public schema: what a request may be about."""


def parse_object(raw: bytes, *, where: str = "body") -> Fields:
    """Read a JSON object strictly: no NaN, no lone surrogates, no other encoding than UTF-8."""
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse_constant)
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate cannot be written again
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the {where} is not the JSON that is expected here") from error
    return Fields(value, where)


def identity(value: str, *, where: str) -> str:
    """Check an id that will stand in a URL and in a header."""
    if not _IDENTITY.fullmatch(value) or value in {".", ".."}:
        raise BadRequest(f"{where} is not an id; letters, digits and _.:@+=- are, up to 200 of them")
    return value


def file_name(value: str, *, where: str) -> str:
    """Check a file's name: folders are fine, ways out of the folder it will be written to are not."""
    segments = value.split("/")
    if not value.isprintable() or "\\" in value or len(value) > _LONGEST_NAME:
        raise BadRequest(f"{where} holds control characters or backslashes, or is over {_LONGEST_NAME} long")
    if any(segment in {"", ".", ".."} for segment in segments):
        raise BadRequest(f"{where} must be a relative path without empty, '.' or '..' segments")
    return value


def base64_bytes(value: str, *, where: str) -> bytes:
    """Decode standard base64, strictly."""
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise BadRequest(f"{where} is not base64") from error


def stored_bytes(value: str, *, where: str) -> bytes:
    """Decode base64 that this gateway once wrote; anything else was tampered with."""
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise Tampered(f"{where} is not base64; what is stored was changed") from error


class Fields:
    """A JSON object whose members are asked for by name and kind."""

    __slots__ = ("_where", "content")

    def __init__(self, content: object, where: str) -> None:
        if not isinstance(content, dict):
            raise BadRequest(f"{where}: an object is expected")
        self.content: Mapping[str, Any] = content
        self._where = where

    def text(self, name: str) -> str:
        """Return a text that is there and not empty."""
        return self.optional_text(name) or self._refuse(name, "a text that is not empty")

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None when it is absent or null."""
        value = self.content.get(name)
        return value if value is None or isinstance(value, str) else self._refuse(name, "a text")

    def identity(self, name: str) -> str:
        """Return an id that is there."""
        return identity(self.text(name), where=f"{self._where}.{name}")

    def choice(self, name: str, *allowed: str) -> str:
        """Return one of the allowed texts."""
        value = self.content.get(name)
        return value if isinstance(value, str) and value in allowed else self._refuse(name, " or ".join(allowed))

    def integer(self, name: str, *, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds; absent means the default."""
        value = self.content.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._refuse(name, f"a whole number from {low} to {high}")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean; absent is false."""
        value = self.content.get(name, False)
        return value if isinstance(value, bool) else self._refuse(name, "true or false")

    def seconds(self, name: str) -> float:
        """Return a number of seconds that is not negative."""
        value = self.content.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10**10:
            self._refuse(name, "a number of seconds, not negative")
        return float(value)

    def nested(self, name: str) -> Fields:
        """Return an object that is there."""
        return Fields(self.content.get(name), f"{self._where}.{name}")

    def optional_nested(self, name: str) -> Fields:
        """Return an object; absent or null is an empty one."""
        value = self.content.get(name)
        return Fields({} if value is None else value, f"{self._where}.{name}")

    def objects(self, name: str) -> list[Fields]:
        """Return a list of objects that is there."""
        value = self.content.get(name)
        if not isinstance(value, list):
            self._refuse(name, "a list of objects")
        return [Fields(each, f"{self._where}.{name}[{place}]") for place, each in enumerate(value)]

    def texts(self, name: str) -> list[str]:
        """Return a list of texts that is there."""
        value = self.content.get(name)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self._refuse(name, "a list of texts")
        return list(value)

    def _refuse(self, name: str, expected: str) -> NoReturn:
        raise BadRequest(f"{self._where}.{name}: expected {expected}")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
