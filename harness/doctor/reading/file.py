"""How a file is fetched whole, within bounds, as text; every way that fails has its next action."""

from __future__ import annotations

from pathlib import Path

from harness.doctor.reading.node import Place
from harness.fetching import fetch

MIB = 1024 * 1024
_BOM = "\ufeff"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class FileFault(Exception):
    """A file that is missing, unreadable or not in its syntax; the command line exits with 2."""

    def __init__(self, place: Place, cause: str, action: str) -> None:
        super().__init__(f"{place}: {cause}; {action}")
        self.place, self.cause, self.action = place, cause, action


def is_there(path: Path) -> bool:
    """Whether a path names something; one that cannot be a path names nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read(path: str | Path, *, limit: int, what: str) -> str:
    """The text of a file of at most `limit` bytes; `what` names what is expected there. Raises `FileFault`."""
    place = Place(str(path))
    try:
        content = fetch(path, limit=limit)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise FileFault(place, f"cannot be read: {reason}", f"name a readable {what}") from error
    if len(content) > limit:
        raise FileFault(place, f"larger than {_size(limit)}", f"give the {what} alone, without what is not asked for")
    if content.startswith(_UTF_16):
        raise FileFault(place, "UTF-16 text, as PowerShell's `>` writes it", "save it as plain UTF-8 text")
    if b"\0" in content:
        raise FileFault(place, "a binary file", f"name a {what} as plain UTF-8 text")
    try:
        return content.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileFault(Place(str(path), line), "not valid UTF-8", "save it as plain UTF-8 text") from None


def _size(limit: int) -> str:
    return f"{limit // MIB} MiB" if limit >= MIB else f"{limit // 1024} KiB"
