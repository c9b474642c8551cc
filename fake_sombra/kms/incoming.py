"""A request as either door takes it in, before anybody has read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

MOST_BYTES: Final = 1 << 20
"""The longest body that is read, far above anything the KMS takes."""

_REPLICA = re.compile(r"(?:\A| )app/([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})")


@dataclass(frozen=True, slots=True)
class Incoming:
    """`header` looks a header up by its name in small letters; `path` and `query` are as they were sent."""

    header: Callable[[str], str | None] = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"
    path: str = "/"
    query: str = ""

    @property
    def replica(self) -> str | None:
        """What the client calls itself: the AWS SDKs' application id (`AWS_SDK_UA_APP_ID`)."""
        return _replica(self.header("user-agent") or "")


@lru_cache(maxsize=64)
def _replica(user_agent: str) -> str | None:
    found = _REPLICA.search(user_agent)
    return found[1] if found else None
