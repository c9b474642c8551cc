"""What a step can do: start and stop gateways, make calls, fork; everything is written down before it happens."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from harness.artifacts import Artifact
from harness.rehearsal.rehearsal import StepFailed
from harness.target import Call, Reply
from tests.unit.harness.fakes import SECRETS, FakeWorld, refusal, rehearsal, reply

_HEALTH = Call("GET", "customer", "/health")


def test_a_gateway_is_started_from_the_operators_variables_under_the_overlay() -> None:
    world = FakeWorld()
    r = rehearsal(world, after={"KMS_PROVIDER": "AWS", "TRANSCEND_URL": "https://real", "A": "1", "B": "2"})

    assert r.start("after", changed={"A": None, "C": "3"}, without=("AWS_SECRET_ACCESS_KEY",))

    (environ,) = world.environs
    expected = {"KMS_PROVIDER": "AWS", "TRANSCEND_URL": "http://transcend.fake", "B": "2", "C": "3"}
    assert environ == {**expected, "INTERNAL_KEY_HASH": SECRETS.internal_key_hash}


def test_a_gateway_signs_as_somebody_else_only_where_that_is_asked_for() -> None:
    world = FakeWorld()
    r = rehearsal(world)

    r.start("before", identity="monday")
    r.start("before")

    assert [environ.get("AWS_ACCESS_KEY_ID") for environ in world.environs] == ["monday", None]


def test_a_probe_through_an_instance_asks_that_one_and_says_so() -> None:
    world = FakeWorld(lambda call: reply(200, {"identifiers": [{"value": "r0@example.com"}]}))
    r = rehearsal(world)
    r.start("before")
    r.start("before")
    made = Artifact("identifier/r0", "identifier", "before-1", "r0", {"id": "R0", "value": "r0@example.com"})

    r.probe("now", [made], through="before-2")
    r.probe("now", [made])

    assert [call.instance for call in world.calls] == ["before-2", None]
    assert [event["instance"] for event in r.history.of("probe")] == ["before-2", "before-1"]


def test_a_twin_knows_all_that_led_to_it_and_goes_on_alone() -> None:
    r = rehearsal(FakeWorld())
    r.start("before")
    r.ledger.add(Artifact("session/s0", "session", "before-1"))
    r.stop()

    twin = r.twin({"before": {"ORGANIZATION_URI": "other"}})
    twin.start("before")

    assert [event["instance"] for event in twin.history.of("booted")] == ["before-1", "before-2"]
    assert list(twin.ledger.artifacts) == ["session/s0"]
    assert twin.audience == "other"
    assert len(r.history.of("booted")) == 1


def test_the_drill_goes_on_in_a_world_that_admits_it_with_environments_of_its_own() -> None:
    world = FakeWorld()

    with rehearsal(world).drill("further", "A further provider") as drill:
        assert drill.environments["after"]["KMS_PROVIDER"] == "DRILL"
        assert drill.name == "further"

    assert world.forks[0].knows_the_drill
    assert not world.knows_the_drill


def test_the_rehearsals_own_hash_is_appended_and_never_replaces() -> None:
    world = FakeWorld()
    r = rehearsal(world)
    r.start("before")

    assert world.environs[0]["INTERNAL_KEY_HASH"] == f"hash,{SECRETS.internal_key_hash}"


def test_a_start_is_recorded_before_it_is_tried_and_again_when_it_ended() -> None:
    r = rehearsal(FakeWorld())
    r.start("before", changed={"JWT_ECDSA_KEY": "not a key"})

    assert [event.kind for event in r.history] == ["starting", "booted"]
    assert r.history.events[0]["changed"] == ["JWT_ECDSA_KEY"]
    assert r.history.events[1]["keys"] == ["unusable: white-space"]
    assert (r.live, r.serving) == (("before-1",), "before-1")


def test_a_refused_start_names_its_problems_and_leaves_nothing_alive() -> None:
    r = rehearsal(FakeWorld(problems=("KMS_PROVIDER: names two", "kms_access_denied by the KMS")))

    with pytest.raises(StepFailed, match="names two"):
        r.must_start("before")
    assert r.live == ()
    assert r.refusal_cause() == "kms_access_denied"


def test_stopping_ends_every_gateway_of_a_fleet_and_the_next_oldest_serves() -> None:
    world = FakeWorld()
    r = rehearsal(world)
    r.must_start("before")
    r.must_start("before")

    r.stop_one("before-1")
    assert r.serving == "before-2"
    r.stop()

    assert not world.live
    assert not r.live
    assert [event["instance"] for event in r.history.of("stopping")] == ["before-1", "before-2"]
    assert [event["instance"] for event in r.history.of("stopped")] == ["before-1", "before-2"]


@pytest.mark.parametrize(
    ("replies", "outcome", "causes"),
    [
        ([reply(), reply(204)], "ok", []),
        ([reply(), refusal("conflict", 409)], "fail", ["conflict"]),
        ([Reply(0), refusal("conflict", 409)], "info", ["conflict", "connection_refused"]),
    ],
)
def test_calls_end_as_ok_fail_or_nobody_knows(replies: Sequence[Reply], outcome: str, causes: list[str]) -> None:
    answers = iter(replies)
    r = rehearsal(FakeWorld(lambda _: next(answers)))

    assert r.calls("try", [_HEALTH, _HEALTH]) == list(replies)

    invoked, answered = r.history
    assert (invoked.kind, invoked["calls"]) == ("invoked", 2)
    assert (answered["outcome"], answered["causes"]) == (outcome, causes)


def test_a_call_that_a_step_needs_ends_it_with_the_cause() -> None:
    r = rehearsal(FakeWorld(lambda _: refusal("kms_throttled", 503)))

    with pytest.raises(StepFailed, match=r"upload: refused with kms_throttled \(HTTP 503\)") as failure:
        r.need("upload", [_HEALTH])
    assert failure.value.cause == "kms_throttled"


def test_a_fork_has_a_world_and_a_ledger_of_its_own() -> None:
    world = FakeWorld()
    r = rehearsal(world)
    r.ledger.add(Artifact("request/r0", "request", "before-1"))

    with r.fork("drained", "Drain first") as f:
        f.must_start("before")
        f.ledger.add(Artifact("request/r1", "request", "before-1"))

    assert list(r.ledger.artifacts) == ["request/r0"]
    assert (world.environs, r.live) == ([], ())
    assert world.forks[0].is_closed
    assert r.history.of("fork-ended", world="drained")[0]["outcome"] == "ok"


@pytest.mark.parametrize("trouble", ["a refusal", "an answer without its field"])
def test_trouble_in_a_fork_ends_the_fork_and_not_the_run(trouble: str) -> None:
    world = FakeWorld(lambda _: refusal("conflict", 409))
    r = rehearsal(world)

    with r.fork("drained", "Drain first") as f:
        if trouble == "a refusal":
            f.need("cancel", [_HEALTH])
        f.exchange([_HEALTH])[0].json["nodes"].clear()

    (ended,) = r.history.of("fork-ended")
    assert ended["outcome"] == "failed"
    assert ("conflict" if trouble == "a refusal" else "'nodes'") in ended["why"]
    assert world.forks[0].is_closed


def test_only_warnings_and_worse_are_read_from_the_logs_and_each_once() -> None:
    world = FakeWorld(log=[{"level": "info", "event": "ready"}, {"level": "error", "event": "call_refused", "x": "y"}])
    r = rehearsal(world)
    r.read_logs()
    world.log.append({"level": "warn", "event": "kms", "instance": "after-1"})
    r.read_logs()

    assert [event["event"] for event in r.history.of("log")] == ["call_refused", "kms"]
    assert "x" not in r.history.of("log")[0].fields


def test_configured_consent_keys_are_known_by_ordinals_alone() -> None:
    r = rehearsal(FakeWorld(), after={"CONSENT_IDENTIFIER_ENCRYPTION_KEY": "two,one"})
    r.start("before", changed={"CONSENT_IDENTIFIER_ENCRYPTION_KEY": "one"})
    r.start("after")

    assert [event["consent"] for event in r.history.of("booted")] == [["consent-1"], ["consent-2", "consent-1"]]


def test_the_listing_names_requests_and_those_found_unreadable() -> None:
    nodes = [{"id": "R9", "status": "COMPILING", "isContextExpired": True}, {"id": "R8", "status": "COMPLETED"}]
    r = rehearsal(FakeWorld(lambda _: reply(200, {"nodes": nodes, "totalCount": 2})))

    r.list_requests("after-cutover")

    (event,) = r.history.of("listing")
    assert (event["total"], event["expired"]) == (2, ["unknown"])


def test_the_listing_goes_on_while_the_list_does() -> None:
    """1,200 requests on pages of 500, and a cursor that must be escaped."""
    nodes = [{"id": f"R{n}", "status": "COMPILING"} for n in range(1200)]

    def page(call: Call) -> Reply:
        begin = int(call.path.partition("&after=a%2B")[2] or 0)
        found = nodes[begin : begin + 500]
        return reply(200, {"nodes": found, "totalCount": len(nodes), "endCursor": f"a+{begin + 500}"})

    r = rehearsal(FakeWorld(page))

    assert [node["id"] for node in r.list_requests("before-cutover")] == [node["id"] for node in nodes]


def test_a_list_that_promises_more_than_it_holds_ends_all_the_same() -> None:
    world = FakeWorld(lambda _: reply(200, {"nodes": [], "totalCount": 9, "endCursor": "more"}))

    assert rehearsal(world).list_requests("before-cutover") == []
    assert len(world.calls) == 1


def test_a_change_at_the_kms_is_recorded_only_when_it_was_made() -> None:
    made, refused = rehearsal(FakeWorld()), rehearsal(FakeWorld(lambda _: refusal("bad_request", 400)))
    made.deny("kms:Decrypt")

    with pytest.raises(StepFailed):
        refused.deny("kms:Decrypt")
    assert [event["action"] for event in made.history.of("kms-changed")] == ["kms:Decrypt"]
    assert refused.history.of("kms-changed") == []


def test_nothing_secret_stands_in_a_repr() -> None:
    r = rehearsal(FakeWorld(), after={"JWT_ECDSA_KEY": "a-signing-key"})

    assert not any(secret in repr(r) for secret in ("a-signing-key", "an-api-key", "an-ingress-secret"))


def test_a_world_that_cannot_kill_says_so_and_its_gateway_lives_on() -> None:
    r = rehearsal(FakeWorld())
    with pytest.raises(StepFailed, match="no gateway here that can be killed"):
        r.kill()
    r.start("before")

    with pytest.raises(StepFailed, match="no gateway here that can be killed"):
        r.kill()

    assert r.live == ("before-1",)
