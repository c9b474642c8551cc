"""What the admin page shows and under which headers: rendered here, escaped by construction, alone with itself."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.rehearsal.seed import STATUSES
from harness.report.templating import environment
from harness.serve.attempts import IntegrationRow, RequestRow, Tried
from harness.serve.edge import Answer
from harness.serve.feed import Line

_PROVIDERS = {"local": "Local KMS", "AWS": "AWS KMS"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last button went."""

    title: str
    is_ok: bool
    why: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One look at the world; `after` is where the next page of requests begins."""

    state: Mapping[str, Any]
    requests: Sequence[RequestRow]
    total: int
    after: str | None
    wanted: str
    integrations: Sequence[IntegrationRow]
    tried_at: float
    lines: Sequence[Line]
    outcome: Outcome | None
    version: int
    addresses: Mapping[str, str]

    @property
    def provider(self) -> str:
        """Who wraps now, in words."""
        return _PROVIDERS.get(self.state["provider"] or "", "no KMS")

    @property
    def tone(self) -> str:
        """The colour of the headline: everything opens, something does not, or nobody is there."""
        if not self.state["is_running"]:
            return "no-go"
        attempts = [row.context for row in self.requests] + [file.tried for row in self.requests for file in row.files]
        return "inconclusive" if any(each.opens is False for each in attempts) else "go"

    @property
    def can_cut_over(self) -> bool:
        """Whether the button does anything."""
        return not (self.state["is_running"] and self.state["environment"] == "after")

    @property
    def can_roll_back(self) -> bool:
        """Whether the button does anything."""
        return not (self.state["is_running"] and self.state["environment"] in {"before", "rollback"})

    @property
    def files(self) -> str:
        """How many files open, and why the others do not."""
        return told(file.tried for row in self.requests for file in row.files)

    @property
    def contexts(self) -> str:
        """How many requests open, and why the others do not."""
        return told(row.context for row in self.requests)

    @property
    def tried(self) -> str:
        """The time of day of the attempts."""
        return datetime.fromtimestamp(self.tried_at, UTC).strftime("%H:%M:%S UTC")


def told(attempts: Any) -> str:
    """`4 of 6 open; wrong_provider 2`."""
    seen: list[Tried] = list(attempts)
    causes = Counter(each.cause for each in seen if not each.opens)
    words = [f"{sum(each.opens is True for each in seen)} of {len(seen)} open"]
    return "; ".join([*words, *(f"{cause} {count}" for cause, count in causes.most_common())])


def size(count: int) -> str:
    """Bytes as people write them."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


def answer(shown: Shown) -> Answer:
    """The page; nothing but its own style and script runs in it, and nobody may frame it."""
    nonce = secrets.token_urlsafe(16)
    template = environment("harness.serve", "harness.report").get_template("admin.html.j2")
    html = template.render(shown=shown, size=size, statuses=STATUSES, nonce=nonce)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "referrer-policy": "same-origin",  # without a referrer a form's origin would read null
        "cross-origin-opener-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    return Answer(200, headers, html.encode())
