"""How the admin's list is read to its end, page by page (docs/wire.md, `GET requests`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

_PAGE: Final = 500


def every_request(ask: Callable[[str], Any]) -> tuple[int, list[Mapping[str, Any]]]:
    """How many requests the list says there are, and all its nodes; `ask` takes a path and gives the page as JSON."""
    nodes: list[Mapping[str, Any]] = []
    cursor = ""
    while True:
        page = ask(f"requests?first={_PAGE}" + (f"&after={quote(cursor, safe='')}" if cursor else ""))
        total, found, cursor = int(page.get("totalCount", 0)), page.get("nodes", []), page.get("endCursor")
        nodes += found
        if not found or not cursor or len(nodes) >= total:
            return total, nodes
