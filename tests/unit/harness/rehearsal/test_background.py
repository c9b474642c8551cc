"""Heartbeats and token refreshes: each is written down, and only a credential that was read is renewed."""

from __future__ import annotations

from harness.artifacts import Artifact
from harness.history import Event
from harness.rehearsal.background import beat, reconnect
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import Call, Reply
from tests.unit.harness.fakes import Answering, FakeWorld, refusal, rehearsal, reply

PROXY = "/fake/v1/integrations/i0/proxy"


def _connected(answer: Answering) -> Rehearsal:
    r = rehearsal(FakeWorld(answer))
    for number in range(2):
        handle = {"id": "i0", "contextId": f"c{number}", "credential": f"sha256:{number}"}
        r.ledger.add(Artifact(f"integration/{number}", "integration", "before-1", None, handle))
    return r


def _working(call: Call) -> Reply:
    """The newest credential comes back; a pause is on; anything may be stored."""
    documents = {PROXY: {"credential": "sha256:1"}, "/fake/v1/organization": {"isPaused": True}}
    return reply(200, documents.get(call.path, {"contextId": "c9"}))


def _told(events: list[Event]) -> list[tuple[bool, str, bool]]:
    return [(event["ok"], event["cause"], event["paused"]) for event in events]


def test_a_heartbeat_uses_the_newest_credential_and_a_refresh_stores_one_beside_it() -> None:
    r = _connected(_working)

    beat(r, 7, "paused")

    assert _told(r.history.of("heartbeat")) == [(True, "", True)]
    assert _told(r.history.of("token-refresh")) == [(True, "", True)]
    assert [each.handle["contextId"] for each in r.ledger.of("integration")] == ["c0", "c1", "c9"]


def test_a_credential_that_cannot_be_read_is_not_renewed() -> None:
    r = _connected(lambda call: refusal("wrong_provider") if call.path == PROXY else _working(call))

    beat(r, 7, "after-cutover")

    assert _told(r.history.of("heartbeat")) == [(False, "wrong_provider", True)]
    assert _told(r.history.of("token-refresh")) == [(False, "wrong_provider", True)]
    assert len(r.ledger.of("integration")) == 2


def test_a_stopped_sombra_and_another_credential_are_told_apart() -> None:
    stopped = _connected(lambda call: refusal("bad_gateway", 502) if call.path == PROXY else _working(call))
    other = _connected(lambda call: reply(200, {"credential": "sha256:0"}) if call.path == PROXY else _working(call))
    for r in (stopped, other):
        beat(r, 7, "stopped", refreshes=False)

    assert [event["cause"] for event in stopped.history.of("heartbeat")] == ["connection_refused"]
    assert [event["cause"] for event in other.history.of("heartbeat")] == ["garbage"]
    assert not stopped.history.of("token-refresh")


def test_reconnecting_needs_nothing_of_before() -> None:
    r = _connected(lambda call: refusal("wrong_provider") if call.path == PROXY else _working(call))

    reconnect(r, 7)

    assert [event["integration"] for event in r.history.of("reconnected")] == ["i0"]
    assert r.ledger.of("integration")[-1].handle["contextId"] == "c9"
    assert len({each.handle["credential"] for each in r.ledger.of("integration")}) == 3
