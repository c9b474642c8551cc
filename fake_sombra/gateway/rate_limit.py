"""How many calls a caller may make in a span of time, when a rehearsal asks for a limit: 429 and its headers.

fidelity.md#rate-limit: real limits are not published; without FAKE_SOMBRA_RATE_LIMIT there is none.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from datetime import UTC, datetime

from fake_sombra.errors import RateLimited
from fake_sombra.gateway.calls import Call, Headers

_MOST_CALLERS = 1000


class RateLimit:
    """A fixed window for each API key: `calls` in `seconds`."""

    def __init__(self, calls: int, seconds: float, *, now: Callable[[], float]) -> None:
        self._calls = calls
        self._seconds = seconds
        self._now = now
        self._windows: dict[bytes, tuple[float, int]] = {}

    def count(self, call: Call) -> Headers:
        """Return the headers of an answer, or raise `RateLimited` with them."""
        caller, now = hashlib.sha256((call.header(b"authorization") or "").encode("latin-1")).digest(), self._now()
        ends, used = self._windows.get(caller, (0.0, 0))
        if now >= ends:
            ends, used = now + self._seconds, 0
        if caller not in self._windows and len(self._windows) >= _MOST_CALLERS:
            self._windows.clear()
        self._windows[caller] = ends, used + 1
        headers = self._headers(ends, used + 1)
        if used < self._calls:
            return headers
        wait_s = max(1, math.ceil(ends - now))
        raise RateLimited(
            f"Client error: Too many requests: {self._calls} in {self._seconds:g} s are allowed; wait {wait_s} s",
            headers=((b"retry-after", b"%d" % wait_s), *headers),
        )

    def _headers(self, ends: float, used: int) -> Headers:
        reset = datetime.fromtimestamp(ends, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return [
            (b"x-ratelimit-limit", b"%d" % self._calls),
            (b"x-ratelimit-remaining", b"%d" % max(0, self._calls - used)),
            (b"x-ratelimit-reset", reset.encode()),
        ]
