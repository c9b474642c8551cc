"""The admin page as HTML: what it lists, by trying; its forms; its headers; the stream that its log follows."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from fake_sombra.http import Message
from harness.serve.attempts import Tried
from harness.serve.page import told
from harness.target import Call, Reply
from tests.unit.harness.serve.served import ORIGIN, Served, served


class _Page(HTMLParser):
    """Text by row of a table, buttons by form, and every address that a tag names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: dict[str, str] = {}
        self.forms: dict[str, str] = {}
        self.disabled: set[str] = set()
        self.addresses: list[str] = []
        self._row, self._form = "", ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.addresses += [str(named[name]) for name in ("href", "src", "action") if name in named]
        self._row = named.get("data-request") or named.get("data-integration") or self._row
        if tag == "form":
            self._form = str(named["action"])
            self.forms[self._form] = ""
        if tag == "button" and "disabled" in named:
            self.disabled.add(self._form)

    def handle_endtag(self, tag: str) -> None:
        self._row = "" if tag == "tr" else self._row
        self._form = "" if tag == "form" else self._form

    def handle_data(self, data: str) -> None:
        if self._row:
            self.rows[self._row] = " ".join([self.rows.get(self._row, ""), *data.split()]).strip()
        if self._form:
            self.forms[self._form] = " ".join([self.forms[self._form], *data.split()]).strip()


def _look(world: Served, path: str = "/") -> tuple[Reply, _Page]:
    reply = world.admin("GET", path)
    assert reply.status == 200, reply.body
    return reply, _Page(reply.body.decode())


def test_every_request_and_integration_stands_there_with_what_trying_it_showed(world: Served) -> None:
    request = world.ids[0]
    _, before = _look(world)
    world.admin("POST", "/cutover")
    _, during = _look(world)
    world.admin("POST", "/rollback")
    _, after = _look(world)

    assert set(before.rows) == {*world.ids, "i0", "i1", "i2"}
    assert re.search(r"REQUEST_MADE access L\(old\) ✓ opens .*L\(old\) ✓ readable .*✓ readable", before.rows[request])
    assert "✓ open" in before.rows["i0"]
    assert during.rows[request].count("✗ wrong_provider") == 3
    assert "readable" not in during.rows[request]
    assert "✗ wrong_provider" in during.rows["i0"]
    assert "expired, says Transcend" in during.rows[request]
    assert after.rows == {name: text.replace("expired, says Transcend", "") for name, text in before.rows.items()}


def test_the_era_decides_nothing_a_damaged_file_of_the_right_era_is_refused(world: Served) -> None:
    request = world.hands.r.ledger.requests["r000"].id
    file = world.hands.must(world.hands.r.cloud("GET", f"requests/{request}/encrypted")).json["files"][0]["fileId"]
    damage = json.dumps({"kind": "file", "id": file, "how": "flip"}).encode()
    world.hands.must(Call("POST", "transcend-control", "/tamper", {}, damage))

    _, page = _look(world)

    assert "L(old) ✗ tampered" in page.rows[request]
    assert "L(old) ✓ readable" in page.rows[request]


def test_a_restart_gives_a_new_context_of_the_running_era_and_old_files_stay_lost(world: Served) -> None:
    request = world.ids[0]
    world.admin("POST", "/cutover")
    done = world.admin("POST", f"/requests/{request}/restart")
    _, page = _look(world)

    assert (done.status, done.headers["location"]) == (303, "/")
    assert "REQUEST_MADE access A(x) ✓ opens" in page.rows[request]
    assert page.rows[request].count("L(old) ✗ wrong_provider") == 2


def test_an_attempt_is_made_once_and_again_when_asked_for_or_when_something_changed(world: Served) -> None:
    world.admin("POST", "/cutover")

    def calls() -> int:
        _look(world)
        return len(world.control("GET", "/kms/journal").json["calls"])

    first, second = calls(), calls()
    world.admin("POST", "/try-again")
    third = calls()
    world.control("POST", "/clock", {"advance_s": 1})
    fourth = calls()

    assert first == second < third < fourth


def test_a_stopped_sombra_is_told_as_such(world: Served) -> None:
    world.admin("POST", "/gateway/stop")
    reply, page = _look(world)

    assert b"Sombra is stopped" in reply.body
    assert page.rows[world.ids[0]].count("✗ connection_refused") == 3
    assert page.forms["/gateway/start"] == "Start Sombra"
    world.admin("POST", "/gateway/start")
    assert world.hands.r.live == ("before-2",)


def test_buttons_are_forms_and_those_that_would_do_nothing_are_disabled(world: Served) -> None:
    _, before = _look(world)
    world.admin("POST", "/cutover")
    world.admin("POST", "/pause")
    _, after = _look(world)

    assert before.disabled == {"/rollback"}
    assert before.forms["/pause"] == "Pause requests"
    assert after.disabled == {"/cutover"}
    assert after.forms["/unpause"] == "Continue requests"
    assert before.forms[f"/requests/{world.ids[0]}/restart"] == f"Restart request {world.ids[0]}"


def test_an_outcome_is_told_once_and_a_reload_does_nothing_again(world: Served) -> None:
    world.admin("POST", "/rollback")
    told_, _ = _look(world)
    later, _ = _look(world)

    assert b"Roll back: refused" in told_.body
    assert b"there is nothing to roll back" in told_.body
    assert b"Roll back: refused" not in later.body


def test_a_refused_environment_is_told_with_its_problems() -> None:
    with served(after={"KMS_PROVIDER": "<b>aws</b>"}) as world:
        world.admin("POST", "/cutover")
        reply, _ = _look(world)

        assert b"Cut over: refused" in reply.body
        assert b"KMS_PROVIDER" in reply.body
        assert b"<b>" not in reply.body


def test_what_a_stranger_wrote_is_escaped(world: Served) -> None:
    world.hands.must(world.hands.r.cloud("PUT", "integrations/i0", {"title": "<script>alert(1)</script>"}))
    reply, _ = _look(world)

    assert b"<script>alert" not in reply.body
    assert b"&lt;script&gt;alert(1)" in reply.body


def test_requests_are_shown_by_status(world: Served) -> None:
    _, page = _look(world, "/?status=ENRICHING")

    assert [name for name in page.rows if not name.startswith("i")] == [world.ids[1]]
    assert world.admin("GET", "/?status=NONSENSE").status == 400


def test_the_page_loads_nothing_lets_nobody_frame_it_and_holds_no_secret(world: Served) -> None:
    reply, page = _look(world)
    policy = reply.headers["content-security-policy"]
    nonces = set(re.findall(r"nonce=\"([^\"]+)\"", reply.body.decode()))
    (nonce,) = nonces

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert f"script-src 'nonce-{nonce}'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "same-origin"
    assert all(each.startswith(("/", "#", "data:,")) or each == "" for each in page.addresses)
    secrets = world.hands.r.secrets
    for secret in (secrets.api_key, secrets.internal_key, secrets.ingress_secret, secrets.internal_key_hash):
        assert secret.encode() not in reply.body
    again, _ = _look(world)
    assert nonce.encode() not in again.body


@pytest.mark.parametrize("path", ["/cutover", "/rollback", "/pause", "/gateway/stop", "/try-again"])
def test_a_page_of_another_origin_cannot_press_a_button(world: Served, path: str) -> None:
    reply = world.admin("POST", path, headers={"origin": "http://example.com"})

    assert (reply.status, reply.cause) == (403, "foreign_origin")
    assert world.hands.r.live == ("before-1",)


async def _streamed(world: Served, path: str, *, wanted: int) -> list[str]:
    """The first events of a stream, over an ASGI call that then hangs up."""
    seen: list[str] = []
    enough, begun = asyncio.Event(), asyncio.Event()
    scope = {
        "type": "http",
        "method": "GET",
        "path": path.partition("?")[0],
        "query_string": path.partition("?")[2].encode(),
        "headers": [(b"host", ORIGIN.removeprefix("http://").encode())],
    }

    async def receive() -> Message:
        if not begun.is_set():
            begun.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        seen.extend(each for each in message.get("body", b"").decode().split("\n\n") if each)
        if len(seen) >= wanted:
            enough.set()
            await asyncio.to_thread(world.hands.touch, "one more, so that the stream looks up")

    app: Callable[[Any, Any, Any], Awaitable[None]] = world.admin.app
    await asyncio.wait_for(app(scope, receive, send), 10)
    return seen


def test_the_stream_tells_new_lines_and_that_the_world_has_changed_and_ends_with_its_reader(world: Served) -> None:
    version, since = world.hands.version, world.hands.feed.since()[-1].n
    world.hands.touch("something happened")

    events = asyncio.run(_streamed(world, f"/events?since={since}&version={version}", wanted=3))

    assert events[0] == "retry: 2000"
    assert json.loads(events[1].partition("data: ")[2])["text"] == "something happened"
    assert events[2].startswith("event: changed")


def test_the_stream_ends_when_serve_does_and_takes_no_nonsense(world: Served) -> None:
    world.hands.close()

    assert world.admin("GET", "/events?since=0&version=1").body == b"retry: 2000\n\n"
    assert world.admin("GET", "/events?since=-1").status == 400
    assert world.admin("GET", "/events", headers={"last-event-id": "x"}).status == 400


def test_attempts_are_summed_up_by_cause() -> None:
    attempts = [Tried(True), Tried(False, "tampered"), Tried(False, "wrong_provider"), Tried(False, "wrong_provider")]

    assert told(attempts) == "1 of 4 open; wrong_provider 2; tampered 1"
