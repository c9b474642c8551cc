"""What an operator reads of a failure mode, whether or not anything reproduces it yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AGREED: Final = tuple(f"F{number:02}" for number in range(1, 51))
"""The fifty that were agreed on; one more or less is a change of the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Words for people; `says` is what an answer or a log line names as the cause, empty where none does."""

    id: str
    title: str
    claims: tuple[str, ...]
    symptom: str
    cause: str
    detect: str
    remedy: str
    says: str = ""
