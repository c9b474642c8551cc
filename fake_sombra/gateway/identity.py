"""How new things are named: random ids in the form of a version 4 UUID."""

from __future__ import annotations

import uuid
from collections.abc import Callable


def new_id(random: Callable[[int], bytes]) -> str:
    """Return an id that was not given before."""
    return str(uuid.UUID(bytes=random(16), version=4))
