"""Which characters a text may bring into a report: none that moves a cursor, hides words or breaks XML."""

from __future__ import annotations

import re

# C0 and C1 controls but tab and line feed; surrogates; bidirectional and invisible format marks; non-characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_UNSAFE_PLANES = re.compile("[\U000e0000-\U000e007f\U0001fffe\U0001ffff]")


def shown(text: str) -> str:
    r"""Spell every unsafe character out (`\u001b`), so it is seen and does nothing."""
    return _UNSAFE_PLANES.sub(_spelled, _UNSAFE.sub(_spelled, text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """The same on one line, with single blanks."""
    return " ".join(shown(text).split())


def _spelled(match: re.Match[str]) -> str:
    number = ord(match[0])
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
