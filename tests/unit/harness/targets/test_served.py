"""Forks of a world whose gateway is another command: they run that command, between neighbours that are copies."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from harness.generated import ARN, before_and_after
from harness.history import History
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder
from harness.target import CONNECTION_REFUSED, Call, Secrets, StopReport, WorldPlan
from harness.targets.process import Processes
from harness.targets.served import ServedWorld

_BEFORE, _AFTER = (file.variables for file in before_and_after())
_WRONG = (sys.executable, "-m", "harness.targets.wrong", "gateway", "hash-opens-the-door")


@pytest.fixture(scope="module")
def r() -> Iterator[Rehearsal]:
    """One world whose gateway is a wrong Sombra; each test forks it."""
    secrets = Secrets.fresh()
    world = Processes(_WRONG).open(WorldPlan((ARN,), "111122223333", secrets))
    r = Rehearsal(world, History(), {"before": _BEFORE, "after": _AFTER}, secrets, Silent())
    r.must_start("before")
    Seeder(r, 7).requests(("COMPILING",))
    r.stop()
    yield r
    world.close()


def _with_the_hash(f: Rehearsal) -> int:
    file = f.ledger.of("file")[0]
    call = f.customer.download_keys(file.handle["id"])
    headers = {**call.headers, "x-sombra-authorization": f"Bearer {f.secrets.internal_key_hash}"}
    return f.exchange([Call(call.method, call.place, call.path, headers)])[0].status


@pytest.mark.gate
def test_a_fork_runs_the_gateway_that_is_rehearsed(r: Rehearsal) -> None:
    with r.fork("apart", "A copy") as f:
        assert isinstance(f.world, ServedWorld)
        f.must_start("before")
        assert all(seen.readable for seen in f.probe("before-cutover"))
        assert _with_the_hash(f) == 200  # what only the wrong one does
        f.stop()
        f.must_start("after")
        assert {seen.cause for seen in f.probe("after-cutover") if seen.artifact.kind == "file"} == {"wrong_provider"}

    assert r.history.of("fork-ended", world="apart")[-1]["outcome"] == "ok"
    assert [event["exit_code"] for event in r.history.of("stopped", world="apart")] == [0]


@pytest.mark.gate
def test_a_fork_of_a_fork_shares_nothing_that_comes_later(r: Rehearsal) -> None:
    with r.fork("one", "A copy") as f:
        other = f.world.fork()
        f.must_start("before")
        Seeder(f, 7).requests(("COMPILING",))
        replies = other.exchange([f.cloud("GET", "requests?first=1")])
        other.close()
        here = f.exchange([f.cloud("GET", "requests?first=1")])

    assert replies[0].json["totalCount"] == 1
    assert here[0].json["totalCount"] == 2


@pytest.mark.gate
def test_of_two_gateways_the_oldest_serves_and_a_stopped_one_is_gone(r: Rehearsal) -> None:
    with r.fork("fleet", "Two gateways") as f:
        f.must_start("before")
        f.must_start("after")
        assert [f.exchange([f.customer.health()])[0].status for _ in range(2)] == [200, 200]
        f.stop_one(f.live[0])
        assert f.exchange([f.customer.health()])[0].ok
        f.stop()
        gone = f.exchange([f.customer.health(), f.cloud("POST", "login", {"audience": "employee", "subject": "s"})])

    assert [reply.cause for reply in gone] == [CONNECTION_REFUSED, "bad_gateway"]


@pytest.mark.gate
def test_a_refusal_is_told_with_its_exit_code_and_what_was_logged_is_heard_at_once(r: Rehearsal) -> None:
    with r.fork("refused", "A hybrid") as f:
        assert not f.start("after", changed={"KMS_PROVIDER": "local,AWS"})
        f.must_start("before")
        f.exchange([f.customer.download("no-key")])
        f.read_logs()

    (refused, _) = r.history.of("booted", world="refused")
    assert (refused["exit_code"], refused["ports_opened"]) == (1, False)
    assert [event["code"] for event in r.history.of("log", world="refused", event="call_refused")] == [
        "signature_invalid"
    ]


@pytest.mark.gate
def test_ports_that_are_held_tell_who_opens_them_first() -> None:
    secrets = Secrets.fresh()
    hasty = (sys.executable, "-m", "harness.targets.wrong", "gateway", "opens-before-it-reads")
    problems = {}
    for name, command in {"right": Processes().gateway_command, "hasty": hasty}.items():
        world = Processes(command).open(WorldPlan((), "111122223333", secrets))
        environ = {**_BEFORE, **world.overlay(), "KMS_PROVIDER": "local,AWS"}
        with world.ports_held():
            problems[name] = world.start(environ, instance="hybrid").problems
        world.close()

    assert problems["right"][0].startswith("KMS_PROVIDER")
    assert not any(problem.startswith("KMS_PROVIDER") for problem in problems["hasty"])


@pytest.mark.gate
def test_what_a_gateway_leaves_behind_is_named() -> None:
    secrets = Secrets.fresh()
    keeper = (sys.executable, "-m", "harness.targets.wrong", "gateway", "keeps-keys-on-disk")
    world = Processes(keeper).open(WorldPlan((), "111122223333", secrets))
    world.start({**_BEFORE, **world.overlay()}, instance="before-1")

    ended = world.stop("before-1")

    world.close()
    assert ended == StopReport(0, was_killed=False, left=("sombra-keys.json",))
