"""A world in this process: forks are independent, stopped gateways are gone, the oldest of a fleet serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness.generated import ARN, before_and_after
from harness.history import History
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder
from harness.target import Call, Secrets, WorldPlan
from harness.targets.inprocess import InProcess, InProcessWorld

_BEFORE, _AFTER = (file.variables for file in before_and_after())


@pytest.fixture
def r() -> Iterator[Rehearsal]:
    secrets = Secrets.fresh()
    world = InProcess().open(WorldPlan((ARN,), "111122223333", secrets))
    yield Rehearsal(world, History(), {"before": _BEFORE, "after": _AFTER}, secrets, Silent())
    world.close()


def _total(r: Rehearsal) -> int:
    return int(r.exchange([r.cloud("GET", "requests?first=1")])[0].json["totalCount"])


def _status(r: Rehearsal, instance: str | None = None) -> int:
    call = r.customer.health()
    return r.exchange([Call(call.method, call.place, call.path, call.headers, call.body, instance)])[0].status


def test_a_fork_keeps_what_was_there_and_shares_nothing_that_comes_later(r: Rehearsal) -> None:
    r.must_start("before")
    Seeder(r, 7).requests(("COMPILING",))

    with r.fork("apart", "A copy") as f:
        assert f.live == ()
        assert _status(f) == 0
        f.must_start("before")
        assert all(seen.readable for seen in f.probe("before-cutover"))
        Seeder(f, 7).requests(("COMPILING",))
        f.deny("kms:Encrypt")
        assert _total(f) == 2

    assert _total(r) == 1
    r.stop()
    r.must_start("after")
    Seeder(r, 7).requests(("COMPILING",))
    assert _total(r) == 2


def test_what_the_trunk_does_after_a_fork_is_not_in_the_fork(r: Rehearsal) -> None:
    assert isinstance(r.world, InProcessWorld)
    fork = r.world.fork()
    r.must_start("before")
    Seeder(r, 7).requests(("COMPILING",))

    assert fork.exchange([r.cloud("GET", "requests?first=1")])[0].json["totalCount"] == 0
    fork.close()
    assert _total(r) == 1


def test_a_stopped_gateway_refuses_connections(r: Rehearsal) -> None:
    r.must_start("before")
    assert _status(r) == _status(r, "before-1") == 200

    r.stop()

    assert (_status(r), _status(r, "before-1")) == (0, 0)


def test_of_a_fleet_the_oldest_serves_and_each_has_its_own_address(r: Rehearsal) -> None:
    r.must_start("before")
    r.must_start("after")
    assert _status(r, "after-2") == 200
    old = r.exchange([r.customer.public_key()])[0].body

    r.stop_one("before-1")

    assert r.exchange([r.customer.public_key()])[0].body != old
    assert _status(r, "before-1") == 0


@pytest.mark.parametrize(
    "changed", [{"KMS_PROVIDER": "local,AWS"}, {"JWT_ECDSA_KEY": "noise"}, {"ORGANIZATION_URI": ""}]
)
def test_a_refused_configuration_listens_nowhere_and_names_every_problem(
    r: Rehearsal, changed: Mapping[str, str]
) -> None:
    report = r.world.start({**_AFTER, **changed, **r.world.overlay()}, instance="refused")

    assert (report.accepted, report.exit_code, report.ports_opened) == (False, 1, False)
    assert [problem.split(":")[0].split()[0] for problem in report.problems] == list(changed)
    assert _status(r) == 0


def test_nothing_of_the_operators_that_would_leave_the_machine_reaches_the_gateway(r: Rehearsal) -> None:
    changed = {"TRANSCEND_URL": "https://api.example.com", "LOG_HTTP_TRANSPORT_URL": "https://logs.example.com"}

    r.must_start("before", changed=changed)

    assert set(r.world.overlay()) >= {"TRANSCEND_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert Seeder(r, 7).requests(("COMPILING",))


def test_closing_the_last_of_a_family_takes_its_blobs_along() -> None:
    world = InProcess().open(WorldPlan((), "111122223333", Secrets.fresh()))
    folder = Path(world.shared.folder.name)
    fork = world.fork()

    world.close()
    assert folder.exists()
    fork.close()
    assert not folder.exists()


def test_the_kms_journal_tells_the_instances_of_a_fleet_apart(r: Rehearsal) -> None:
    assert isinstance(r.world, InProcessWorld)
    for _ in range(2):
        r.must_start("after")

    for instance in r.live:
        call = r.customer.register_saas({"k": "v"})
        r.exchange([Call(call.method, call.place, call.path, call.headers, call.body, instance)])

    assert {entry.replica for entry in r.world.kms.journal.since() if entry.operation == "Encrypt"} == set(r.live)


def test_what_a_gateway_tests_in_the_background_stands_in_its_log_when_that_is_read(r: Rehearsal) -> None:
    r.deny("kms:Encrypt")
    r.must_start("after")

    (line,) = [entry for entry in r.world.logs() if entry["event"] == "kms_self_test_failed"]

    assert line["code"] == "kms_access_denied"
