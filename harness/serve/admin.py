"""The admin page's routes: one page, the buttons on it, and the stream its log follows; works without a script.

A button is a form. Its outcome is told on the page that follows, so that a reload never does anything again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from harness.rehearsal.seed import STATUSES
from harness.serve import page
from harness.serve.attempts import Attempts
from harness.serve.control import known_form
from harness.serve.edge import Answer, Asked, Route
from harness.serve.hands_on import HandsOn
from harness.serve.refusal import PassedOn, Refusal, bad_request
from harness.serve.state import state
from harness.target import AnswerLacks, TargetFailed

_ROWS = 100
_LOOK_S = 0.3
_BEAT = 20  # looks without news between two signs of life


@dataclass(slots=True)
class Admin:
    """The page over one served world; `addresses` are those a person may want to copy."""

    hands: HandsOn
    addresses: dict[str, str]
    attempts: Attempts = field(init=False)
    _outcome: page.Outcome | None = None

    def __post_init__(self) -> None:
        self.attempts = Attempts(self.hands)

    def routes(self) -> tuple[Route, ...]:
        """The page, its stream, and one path for each button."""
        hands = self.hands
        buttons: dict[str, tuple[str, Callable[[], None]]] = {
            "/cutover": ("Cut over", hands.cut_over),
            "/rollback": ("Roll back", hands.roll_back),
            "/gateway/stop": ("Stop Sombra", hands.stop),
            "/gateway/start": ("Start Sombra", hands.start_again),
            "/pause": ("Pause requests", lambda: self._pause("pause")),
            "/unpause": ("Continue requests", lambda: self._pause("unpause")),
            "/try-again": ("Try everything again", self.attempts.forget),
        }
        return (
            Route("GET", "/", self._show),
            Route("GET", "/events", self._follow),
            Route("POST", "/requests/{id}/restart", self._restart),
            *(Route("POST", path, self._button(title, act)) for path, (title, act) in buttons.items()),
        )

    def _show(self, asked: Asked) -> Answer:
        wanted = asked.query.get("status", "")
        if wanted and wanted not in STATUSES:
            raise bad_request("there is no such status")
        query = {"first": _ROWS, **{name: asked.query[name] for name in ("status", "after") if asked.query.get(name)}}
        cloud = self.hands.r.cloud
        version = self.hands.version  # before the look: what changes meanwhile is told as a change
        listed = self.hands.must(cloud("GET", f"requests?{urlencode(query)}")).json
        integrations = self.hands.must(cloud("GET", "integrations")).json["integrations"]
        outcome, self._outcome = self._outcome, None
        shown = page.Shown(
            state=state(self.hands),
            requests=self.attempts.requests(listed["nodes"]),
            total=listed["totalCount"],
            after=listed["endCursor"] if len(listed["nodes"]) == _ROWS else None,
            wanted=wanted,
            integrations=self.attempts.integrations(integrations),
            tried_at=self.attempts.at,
            lines=self.hands.feed.since()[-100:],
            outcome=outcome,
            version=version,
            addresses=self.addresses,
        )
        return page.answer(shown)

    def _button(self, title: str, act: Callable[[], None]) -> Callable[[Asked], Answer]:
        def handler(_: Asked) -> Answer:
            return self._done(title, act)

        return handler

    def _restart(self, asked: Asked) -> Answer:
        request_id = known_form(asked.params["id"])
        return self._done(f"Restart {request_id}", lambda: self._restarted(request_id))

    def _done(self, title: str, act: Callable[[], None]) -> Answer:
        """Do it, remember how it went, and send the browser back to the page."""
        try:
            act()
            self._outcome = page.Outcome(title, is_ok=True)
        except Refusal as refusal:
            self._outcome = page.Outcome(title, is_ok=False, why=refusal.message, problems=refusal.problems)
        except PassedOn as refusal:
            self._outcome = page.Outcome(title, is_ok=False, why=f"{refusal.code}: {refusal.message}")
        except (TargetFailed, AnswerLacks) as failure:
            self._outcome = page.Outcome(title, is_ok=False, why=str(failure))
        return Answer(303, {"location": "/"})

    def _pause(self, verb: str) -> None:
        self.hands.must(self.hands.r.cloud("POST", f"organization/{verb}", {}))
        self.hands.feed.say("requests are paused" if verb == "pause" else "requests go on")

    def _restarted(self, request_id: str) -> None:
        """As the API restarts one: a new context, from what Transcend's cloud holds in the clear (clients.md 6.6)."""
        request = self.hands.must(self.hands.r.cloud("GET", f"requests/{request_id}")).json
        self.hands.must(self.hands.r.customer.restart(request))
        self.hands.feed.say(f"request {request_id} was restarted")

    def _follow(self, asked: Asked) -> Answer:
        """Server-sent events: lines of the log, and a word when the world is not the one on the page."""
        since = asked.headers.get("last-event-id") or asked.query.get("since", "0")
        version = asked.query.get("version", "")
        if not (since.isascii() and since.isdigit() and len(since) < 12):
            raise bad_request("since is the number of the last line that is known")
        return Answer(200, {"content-type": "text/event-stream"}, stream=self._events(int(since), version))

    async def _events(self, since: int, version: str) -> AsyncIterator[bytes]:
        feed, is_told, quiet = self.hands.feed, False, 0
        is_over = feed.is_closed
        yield b"retry: 2000\n\n"
        while not is_over:
            is_over = feed.is_closed  # asked before the lines, so that the last of them are still told
            lines = await asyncio.to_thread(feed.since, since)  # it asks the world
            for line in lines:
                since = line.n
                yield f"id: {line.n}\ndata: {json.dumps(line.to_json())}\n\n".encode()
            if not is_told and version != str(self.hands.version):
                is_told = True
                yield b"event: changed\ndata: {}\n\n"
            quiet = 0 if lines else quiet + 1
            if quiet == _BEAT:
                quiet = 0
                yield b": still here\n\n"
            await asyncio.sleep(_LOOK_S)
