"""Which spelling of base64 counts: RFC 4648 section 4, padded, canonical, nothing around or between.

A lax decoder would take a damaged or doubly wrapped secret for another one; this one says what is wrong.
"""

from __future__ import annotations

import base64
import binascii


class NotStrictBase64(ValueError):
    """The text is not the one canonical spelling of any bytes; the message says why and never shows it."""


def decode(text: str) -> bytes:
    """Return the bytes; raise `NotStrictBase64` when encoding them again would not give the very same text."""
    if text != "".join(text.split()):
        raise NotStrictBase64("holds white space; encode without line wraps and put nothing around the commas")
    if "-" in text or "_" in text:
        raise NotStrictBase64("uses the url-safe alphabet; encode with standard base64")
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotStrictBase64("is not standard padded base64; encode it again") from error
    if base64.b64encode(found).decode() != text:
        raise NotStrictBase64("is not canonical base64; encode it again")
    return found
