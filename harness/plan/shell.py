"""How a command of the plan is laid out: long ones broken where bash lets them be, none changed in meaning."""

from __future__ import annotations

from collections.abc import Iterator

WIDTH = 112
_INDENT = "  "
_GOOD_BEGINNINGS = ("--", "|", ">")


def folded(command: str, *, width: int = WIDTH) -> str:
    """The same command on lines of at most `width`, as far as its words allow; lines within quotes stay whole."""
    told: list[str] = []
    quote = ""
    for line in command.split("\n"):
        if len(line) <= width or quote:
            told.append(line)
        else:
            told += _broken(line, width)
        quote = _open_quote(line, quote)
    return "\n".join(told)


def _broken(line: str, width: int) -> Iterator[str]:
    """Pieces that end in a backslash, but for the last."""
    margin = line[: len(line) - len(line.lstrip())]
    places = list(_gaps(line))
    begin, prefix = 0, ""
    while len(prefix) + len(line) - begin > width:
        room = begin + width - len(prefix) - len(" \\")
        fitting = [place for place in places if begin < place <= room and line[begin:place].strip()]
        later = [place for place in places if place > max(room, begin)]
        if not fitting and not later:
            break
        best = [place for place in fitting if line.startswith(_GOOD_BEGINNINGS, place + 1)]
        end = best[-1] if best else fitting[-1] if fitting else later[0]
        yield f"{prefix}{line[begin:end]} \\"
        begin, prefix = end + 1, margin + _INDENT
    yield f"{prefix}{line[begin:]}"


def _gaps(line: str) -> Iterator[int]:
    """The blanks between words: outside quotes, not escaped, and not the line's margin."""
    quote = ""
    for place, letter in enumerate(line):
        if letter == " " and not quote and line[:place].strip() and line[place - 1] not in "\\ ":
            yield place
        quote = _after(quote, letter, line[place - 1] if place else "")


def _open_quote(line: str, quote: str) -> str:
    for place, letter in enumerate(line):
        quote = _after(quote, letter, line[place - 1] if place else "")
    return quote


def _after(quote: str, letter: str, before: str) -> str:
    """Which quote is open behind a letter; a backslash hides a quote, but not within single ones."""
    if letter not in "'\"" or (before == "\\" and quote != "'"):
        return quote
    if not quote:
        return letter
    return "" if quote == letter else quote
