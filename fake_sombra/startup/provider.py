"""How KMS_PROVIDER is spelled, and what it means to name two (G-01)."""

from __future__ import annotations

import re
from enum import StrEnum

from fake_sombra.startup.reading import Reader

_VARIABLE = "KMS_PROVIDER"
_LIST_SEPARATORS = re.compile(r"[,;|+&/]")
_KNOWN = frozenset({"local", "aws", "gcp", "google", "azure", "ibm"})
_BOTH = frozenset({"hybrid", "both", "mixed"})


class Provider(StrEnum):
    """The two spellings of KMS_PROVIDER that exist (sombra.md 2)."""

    LOCAL = "local"
    AWS = "AWS"


def read_provider(reader: Reader) -> Provider | None:
    """The one provider of this boot; unset means local, None that it was refused."""
    value = reader.environ.get(_VARIABLE)
    if value is None:
        return Provider.LOCAL
    if value in tuple(Provider):
        return Provider(value)
    reader.refuse(_VARIABLE, _reason(value))
    return None


def _reason(value: str) -> str:
    if not value.strip():
        return "is empty; set it to local or AWS, or leave it unset for local"
    if _names_more_than_one(value):
        return "names more than one provider; there is no hybrid KMS (G-01): choose exactly local or AWS"
    if value.strip(" \t\r\n\"'").lower() in {"local", "aws"}:
        return "must be exactly local or AWS; remove quotes and blanks and mind the case"
    return "names no provider; set it to exactly local or AWS"


def _names_more_than_one(value: str) -> bool:
    words = set(re.findall(r"[a-z0-9]+", value.lower()))
    listed = {item.strip(" \t\r\n\"'[](){}").lower() for item in _LIST_SEPARATORS.split(value)} - {""}
    return len(words & _KNOWN) > 1 or len(listed) > 1 or bool(words & _BOTH)
