"""What a message must look like to be believed: every field that is read is checked here first."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fake_sombra.errors import BadRequest

_ID: Final = re.compile(r"[A-Za-z0-9_.:@+=-]{1,200}")
_SURROGATE_OR_NUL: Final = re.compile("[\x00\ud800-\udfff]")

_YEAR_9999: Final = 253_370_764_800


def is_id(value: str) -> bool:
    """Say whether a text can be the id of something: it stands in a URL and in a log line."""
    return _ID.fullmatch(value) is not None


def from_json(body: bytes) -> Fields:
    """Read a JSON object; an empty body is an empty one."""
    try:
        content = json.loads(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(content, dict):
        raise BadRequest("the body is not a JSON object")
    return Fields(content)


def from_base64(name: str, value: str, *, sizes: tuple[int, ...] = ()) -> bytes:
    """Decode standard base64, or raise `BadRequest`; `sizes` are the lengths allowed."""
    try:
        content = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest(f"{name} is not base64") from error
    if sizes and len(content) not in sizes:
        raise BadRequest(f"{name} has {len(content)} bytes; {' or '.join(map(str, sizes))} are needed")
    return content


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object from outside, read field by field."""

    content: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a text that is not empty."""
        value = self.optional_text(name)
        if not value:
            raise BadRequest(f"'{name}' is missing, empty or not a text")
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a text, or None when it is absent or null."""
        value = self.content.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadRequest(f"'{name}' is not a text")
        if _SURROGATE_OR_NUL.search(value):
            raise BadRequest(f"'{name}' holds a character that cannot be stored")
        return value

    def identifier(self, name: str) -> str:
        """Return a text that can be an id."""
        value = self.text(name)
        if not is_id(value):
            raise BadRequest(f"'{name}' is not an id: letters, digits and _.:@+=- only, at most 200")
        return value

    def optional_identifier(self, name: str) -> str | None:
        """Return an id, or None when it is absent or null."""
        return None if self.content.get(name) is None else self.identifier(name)

    def flag(self, name: str) -> bool:
        """Return a boolean; absent or null is false."""
        value = self.content.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise BadRequest(f"'{name}' is neither true nor false")
        return value

    def nested(self, name: str) -> Fields:
        """Return an object; absent or null is an empty one."""
        value = self.content.get(name)
        if value is None:
            return Fields({})
        if not isinstance(value, dict):
            raise BadRequest(f"'{name}' is not an object")
        return Fields(value)

    def objects(self, name: str) -> list[Fields]:
        """Return a list of objects; absent or null is an empty one."""
        value = self.content.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise BadRequest(f"'{name}' is not a list of objects")
        return [Fields(item) for item in value]

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; absent or null is an empty one."""
        value = self.content.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise BadRequest(f"'{name}' is not a list")
        return [Fields({name: item}).text(name) for item in value]

    def instant(self, name: str) -> float | None:
        """Return an ISO 8601 time as seconds since 1970, or None when it is absent or null."""
        value = self.optional_text(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError) as error:
            raise BadRequest(f"'{name}' is not an ISO 8601 time") from error
        if not 0 <= seconds < _YEAR_9999:
            raise BadRequest(f"'{name}' is not a time between 1970 and 9999")
        return seconds
