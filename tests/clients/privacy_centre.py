"""A privacy centre on loopback: its page, penumbra with its worker, and what it hands a visitor of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clients.installed import HERE, MODULES
from tests.clients.loopback import Answer, Asked, serving
from tests.e2e.serving import Answered

_PENUMBRA = MODULES / "@transcend-io/penumbra/dist"
_TYPES = {".html": "text/html", ".js": "text/javascript"}


@dataclass(slots=True)
class PrivacyCentre:
    """`hands` is asked for each visitor; a test may plant entries under names of its own."""

    hands: Callable[[str], Answered]
    url: str = ""
    planted: dict[str, Any] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answer:
        """A file of the page or of penumbra, or what a visitor is handed."""
        folder, _, name = asked.path[1:].rpartition("/")
        if folder == "handed":
            return self._handed(name)
        file = {"": HERE, "penumbra": _PENUMBRA}.get(folder, HERE) / Path(name or "page.html")
        if file.suffix not in _TYPES or not file.is_file():
            return Answer(404)
        return Answer(200, _TYPES[file.suffix], file.read_bytes())

    def _handed(self, request_id: str) -> Answer:
        if request_id in self.planted:
            return Answer(200, "application/json", json.dumps(self.planted[request_id]).encode())
        answered = self.hands(request_id)
        return Answer(answered.status, "application/json", answered.body)


@contextmanager
def opened(hands: Callable[[str], Answered]) -> Iterator[PrivacyCentre]:
    """A centre that listens until the end of the block."""
    centre = PrivacyCentre(hands)
    with serving(centre.answer) as centre.url:
        yield centre
