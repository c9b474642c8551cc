"""In-flight requests: whose next step is tried, and what shows that nothing was half done."""

from __future__ import annotations

import pytest

from harness.artifacts import Artifact, Submitted
from harness.rehearsal.in_flight import NEXT_STEPS, in_flight_count, try_next_steps
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import IN_FLIGHT
from harness.target import Call, Reply
from tests.unit.harness.fakes import FakeWorld, refusal, rehearsal, reply


def _with_request(world: FakeWorld, status: str, *, instance: str = "before-1") -> Rehearsal:
    r = rehearsal(world)
    r.ledger.requests["r0"] = Submitted("r0", "R0", status, "r0@example.com", "core-r0")
    for kind in ("request", "nonce", "download_key"):
        r.ledger.add(Artifact(f"{kind}/r0", kind, instance, "r0", {"id": "R0", "token": "t"}))
    return r


def _cloud(call: Call) -> Reply | None:
    """How the stand-in answers when nothing changes; None for a call that is none of its."""
    documents = {
        "/fake/v1/requests/R0": {"status": "COMPILING"},
        "/fake/v1/requests/R0/contexts": {"contexts": ["one"]},
        "/fake/v1/requests/R0/identifiers": {"sets": []},
        "/counts": {"files": 2},
    }
    return reply(200, documents[call.path]) if call.path in documents else None


def test_every_in_flight_status_has_a_next_step() -> None:
    assert set(NEXT_STEPS) == set(IN_FLIGHT)


@pytest.mark.parametrize("status", IN_FLIGHT)
def test_a_refused_next_step_is_recorded_with_its_cause(status: str) -> None:
    r = _with_request(FakeWorld(lambda call: _cloud(call) or refusal("wrong_provider")), status)

    try_next_steps(r, "after-cutover")

    events = r.history.of("next-step")
    assert [event["step"] for event in events] == list(NEXT_STEPS[status])
    assert {(event["ok"], event["cause"], event["unchanged"]) for event in events} == {(False, "wrong_provider", True)}


def test_a_step_that_left_something_behind_is_not_unchanged() -> None:
    files = iter(range(100))

    def growing(call: Call) -> Reply:
        return reply(200, {"files": next(files)}) if call.path == "/counts" else _cloud(call) or refusal("tampered")

    r = _with_request(FakeWorld(growing), "COMPILING")

    try_next_steps(r, "after-cutover")

    assert not any(event["unchanged"] for event in r.history.of("next-step"))


def test_requests_of_the_new_era_and_finished_ones_are_left_alone() -> None:
    for status, instance in (("COMPILING", "after-2"), ("COMPLETED", "before-1")):
        r = _with_request(FakeWorld(lambda call: _cloud(call) or reply()), status, instance=instance)

        try_next_steps(r, "after-cutover")

        assert r.history.of("next-step") == []


def test_the_count_is_transcends_and_minus_one_when_it_does_not_say() -> None:
    r = rehearsal(FakeWorld(lambda call: reply(200, {"totalCount": 27}) if "COMPILING" in call.path else reply(404)))
    silent = rehearsal(FakeWorld(lambda call: Reply(0)))

    assert in_flight_count(r, "before-cutover") == 27
    assert in_flight_count(silent, "before-cutover") == -1
    assert r.history.of("in-flight")[0]["count"] == 27
