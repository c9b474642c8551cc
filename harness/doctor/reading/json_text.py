"""Where a JSON text says what: strict decoding from any point of it, its lines, and the fault at any point."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.doctor.reading.file import FileFault
from harness.doctor.reading.node import Place

_BLANK = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.DOTALL)
_PIECE = re.compile(r'(?P<plain>[^\\"]+)|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.', re.DOTALL)
_AS_WRITTEN = "give the file as the tool wrote it"


class _GivenTwice(ValueError):
    """An object with a name that stands in it twice: half of what was meant would be lost."""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _GivenTwice
    return found


_STRICT = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_single)
_QUICK = json.JSONDecoder(parse_constant=_no_constant)


@dataclass(frozen=True)
class JsonText:
    """A text, and where its points lie; `outside` places the points of a text that stands in another's string."""

    text: str = field(repr=False)
    path: str
    outside: Callable[[int], Place] | None = field(default=None, repr=False)

    def place(self, at: int) -> Place:
        """The line and column of a point."""
        if self.outside is not None:
            return self.outside(at)
        line = bisect_right(self._lines, at)
        return Place(self.path, line, at - self._lines[line - 1] + 1)

    def skip(self, at: int) -> int:
        """Past white space."""
        found = _BLANK.match(self.text, at)
        return found.end() if found is not None else at

    def decoded(self, at: int) -> tuple[Any, int]:
        """The value that begins at a point, and where it ends; raises `FileFault`."""
        return self._decoded(_STRICT, at)

    def passed(self, at: int) -> int:
        """Where the value that begins at a point ends; it is checked, but for names given twice, and not kept."""
        return self._decoded(_QUICK, at)[1]

    def fault(self, at: int, cause: str = "not JSON", action: str = _AS_WRITTEN) -> FileFault:
        """What is wrong at a point."""
        return FileFault(self.place(min(at, len(self.text))), cause, action)

    def in_string(self, at: int, offset: int) -> Place:
        """The place of one character of the string that begins at a point: escapes are longer than what they mean."""
        point, left = at + 1, offset
        while left > 0 and (piece := _PIECE.match(self.text, point)) is not None:
            taken = min(left, len(piece["plain"])) if piece["plain"] else 1
            point, left = point + taken if piece["plain"] else piece.end(), left - taken
        return self.place(point)

    def _decoded(self, decoder: json.JSONDecoder, at: int) -> tuple[Any, int]:
        try:
            return decoder.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            raise self.fault(error.pos) from None
        except RecursionError:
            raise self.fault(at, "nested too deep") from None
        except _GivenTwice:
            point = next(_repeated(self.text, at), at)
            raise self.fault(point, "a name that stands here twice", "keep one of the two") from None
        except ValueError as error:
            raise self.fault(at, f"not JSON ({error})") from None

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]


def _repeated(text: str, at: int) -> Iterator[int]:
    """Where names stand that their object has already; the text is known to be JSON up to there."""
    known: list[set[str]] = []
    string: re.Match[str] | None = None
    for token in _TOKEN.finditer(text, at):
        if token[0] in "{[":
            known.append(set())
        elif token[0] in "}]":
            known.pop()
        elif token[0] == ":" and string is not None:
            name = json.loads(string[0], strict=False)
            if name in known[-1]:
                yield string.start()
            known[-1].add(name)
        string = token if token[0][0] == '"' else None
