"""A large JSON document from front to back: what is wanted is kept with its places, the rest is only checked."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.reading.json_text import JsonText
from harness.doctor.reading.json_tree import json_node
from harness.doctor.reading.node import Node

_PIECE_DEPTH = 6
"""So deep a skipped container is gone through by its entries, so that no large part of it is ever held at once."""


class JsonPieces:
    """Stands at one value of a text. Each value must be taken, passed over or walked before the next one is met."""

    def __init__(self, text: str, *, path: str) -> None:
        self.source = JsonText(text, path)
        self.at = self.source.skip(0)

    @property
    def opening(self) -> str:
        """The first character of the value here; empty at the end of the text."""
        return self.source.text[self.at : self.at + 1]

    def names(self) -> Iterator[str]:
        """The names of the object here, each when its value is reached; raises `FileFault`."""
        self._expect("{")
        known: set[str] = set()
        while self.opening != "}":
            name_at = self.at
            name, end = self.source.decoded(self.at)
            if not isinstance(name, str):
                raise self.source.fault(name_at)
            if name in known:
                raise self.source.fault(name_at, "a name that stands here twice", "keep one of the two")
            known.add(name)
            self._go(end)
            self._expect(":")
            yield name
            self._expect_next("}")
        self._go(self.at + 1)

    def entries(self) -> Iterator[int]:
        """The positions in the array here, each when its value is reached; raises `FileFault`."""
        self._expect("[")
        number = 0
        while self.opening != "]":
            yield number
            number += 1
            self._expect_next("]")
        self._go(self.at + 1)

    def take(self) -> Node:
        """The value here, kept; raises `FileFault`."""
        at = self.at
        value, end = self.source.decoded(at)
        self._go(end)
        return json_node(self.source, value, at)

    def pass_over(self, depth: int = _PIECE_DEPTH) -> None:
        """The value here, checked and let go; raises `FileFault`."""
        if depth and self.opening in {"{", "["}:
            for _ in self.names() if self.opening == "{" else self.entries():
                self.pass_over(depth - 1)
        else:
            self._go(self.source.passed(self.at))

    def end(self) -> None:
        """Nothing may follow; raises `FileFault`."""
        if self.opening:
            raise self.source.fault(self.at, "more than one JSON document", "give one document a file")

    def _go(self, at: int) -> None:
        self.at = self.source.skip(at)

    def _expect(self, sign: str) -> None:
        if self.opening != sign:
            raise self.source.fault(self.at)
        self._go(self.at + 1)

    def _expect_next(self, closing: str) -> None:
        """A comma and something behind it, or the end of the container."""
        if self.opening == closing:
            return
        self._expect(",")
        if self.opening == closing:
            raise self.source.fault(self.at)
