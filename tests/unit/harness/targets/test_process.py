"""Services as processes: started, watched, stopped or killed, and never left behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.generated import ARN, before_and_after
from harness.history import History
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.seed import Seeder
from harness.target import CONNECTION_REFUSED, Secrets, TargetFailed, WorldPlan
from harness.targets import child
from harness.targets.child import Child, free_port, undisturbed
from harness.targets.process import Processes, ProcessWorld
from harness.targets.variables import clean_environment

_BEFORE, _AFTER = (file.variables for file in before_and_after())
_READY = "import sys, time; print('{\"event\": \"ready\"}', flush=True); sys.stdout.write('noise\\n'); "
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _READY + "time.sleep(60)"


def _plan(secrets: Secrets) -> WorldPlan:
    return WorldPlan((ARN,), "111122223333", secrets)


def _script(code: str) -> Child:
    return Child.start("script", (sys.executable, "-c", code), dict(os.environ))


@pytest.fixture(scope="module")
def r() -> Iterator[Rehearsal]:
    """One world for the tests of a worker; each leaves no gateway behind."""
    secrets = Secrets.fresh()
    world = Processes().open(_plan(secrets))
    yield Rehearsal(world, History(), {"before": _BEFORE, "after": _AFTER}, secrets, Silent())
    world.close()


def test_a_port_is_free_and_out_of_the_range_of_client_sockets() -> None:
    assert all(20_000 <= free_port() < 32_000 for _ in range(20))


def test_a_process_is_ready_when_it_says_so_and_other_words_are_kept() -> None:
    script = _script(_READY)

    assert script.ready() == {"event": "ready"}
    assert script.stop() in {0, -signal.SIGTERM}
    assert script.said.words in ([], ["noise"])


def test_a_process_that_ends_without_being_ready_is_none() -> None:
    script = _script("print('out of luck')")

    assert script.ready() is None
    assert (script.stop(), script.said.words) == (0, ["out of luck"])


def test_a_process_that_ignores_a_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "STOP_DEADLINE_S", 0.3)
    script = _script(_STUBBORN)
    script.ready()

    assert script.stop() == -signal.SIGKILL
    assert script.ended(within_s=0.0) == -signal.SIGKILL


def test_a_program_that_cannot_be_run_is_named() -> None:
    with pytest.raises(TargetFailed, match=r"/no/such/program cannot be run \(No such file"):
        Child.start("gateway", ("/no/such/program",), {})


def test_a_gateway_keeps_its_addresses_over_a_stop_and_another_start(r: Rehearsal) -> None:
    overlay = dict(r.world.overlay())
    r.must_start("before")
    assert r.exchange([r.customer.health()])[0].ok

    r.stop()
    assert r.exchange([r.customer.health()])[0].cause == CONNECTION_REFUSED
    r.must_start("after")
    assert r.exchange([r.customer.health()])[0].ok
    r.stop()

    assert dict(r.world.overlay()) == overlay


def test_a_fork_carries_what_survives_a_restart_and_leaves_the_trunk_alone(r: Rehearsal) -> None:
    r.must_start("before")
    made = Seeder(r, 7).requests(("COMPILING",))

    with r.fork("apart", "A copy") as f:
        f.must_start("before")
        assert all(seen.readable for seen in f.probe("before-cutover"))
        f.need("cancel", [f.cloud("POST", f"requests/{made[0].id}/cancel", {})])

    assert r.history.of("fork-ended", world="apart")[-1]["outcome"] == "ok"
    assert r.exchange([r.cloud("GET", f"requests/{made[0].id}")])[0].json["status"] == "COMPILING"
    r.stop()


def test_a_refused_start_has_an_exit_code_its_problems_and_no_open_port(r: Rehearsal) -> None:
    assert not r.start("after", changed={"KMS_PROVIDER": "local,AWS"})

    booted = r.history.of("booted")[-1]
    assert (booted["exit_code"], booted["ports_opened"]) == (1, False)
    assert booted["problems"][0].startswith("KMS_PROVIDER: names more than one provider")


def test_a_gateway_that_ended_by_itself_is_not_stopped_in_silence(r: Rehearsal) -> None:
    r.must_start("before")
    assert isinstance(r.world, ProcessWorld)
    gateway = r.world._gateways.live[0]
    gateway.process.kill()
    gateway.process.wait()

    with pytest.raises(TargetFailed, match=r"the gateway before-\d+ ended by itself with exit code -9"):
        r.stop()
    r._live.clear()


def test_the_environment_of_this_process_does_not_reach_a_gateway(
    r: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KMS_PROVIDER", "nonsense")
    monkeypatch.setenv("AWS_PROFILE", "production")

    assert r.start("before", changed={"KMS_PROVIDER": None})
    r.stop()
    assert {"KMS_PROVIDER", "AWS_PROFILE"} & set(clean_environment()) == set()


def test_a_service_that_dies_is_named_at_the_next_call_and_nothing_is_left() -> None:
    secrets = Secrets.fresh()
    world = Processes().open(_plan(secrets))
    r = Rehearsal(world, History(), {"before": _BEFORE}, secrets, Silent())
    folder, services = Path(world.folder.name), dict(world._services)
    services["kms"].process.kill()
    services["kms"].process.wait()

    with pytest.raises(TargetFailed, match="kms ended by itself with exit code -9"):
        r.exchange([r.customer.health()])
    world.close()

    assert not folder.exists()
    assert all(service.process.poll() is not None for service in services.values())


def test_a_world_whose_service_does_not_start_is_closed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds: list[ProcessWorld] = []
    surround = ProcessWorld.surround

    def surrounding(world: ProcessWorld, plan: WorldPlan) -> None:
        worlds.append(world)
        surround(world, plan)

    monkeypatch.setattr(ProcessWorld, "surround", surrounding)
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(TargetFailed, match="transcend did not start: it said nothing"):
        Processes().open(_plan(Secrets.fresh()))
    assert not Path(worlds[0].folder.name).exists()


def test_a_killed_gateway_is_gone_at_once_and_another_starts_in_its_place(r: Rehearsal) -> None:
    r.must_start("before")
    assert r.exchange([r.customer.health()])[0].ok

    r.kill()
    refused = r.exchange([r.customer.health()])[0].cause
    r.must_start("before")
    answered = r.exchange([r.customer.health()])[0].ok
    r.stop()

    assert (refused, answered) == (CONNECTION_REFUSED, True)
    stopping = r.history.of("stopping")[-2]
    assert (stopping["how"], stopping["instance"]) == ("killed", r.history.of("stopped")[-2]["instance"])


def test_a_signal_in_the_middle_of_a_start_is_obeyed_when_the_process_is_written_down() -> None:
    before = signal.getsignal(signal.SIGINT)
    done = []

    def start() -> None:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("started and written down")

    with pytest.raises(KeyboardInterrupt):
        start()

    assert done == ["started and written down"]
    assert signal.getsignal(signal.SIGINT) is before
