"""Steps are timed and recorded, however they end."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from harness.artifacts import Artifact
from harness.history import TRUNK
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.runbook import Alone, Runbook, minutes, scenario
from tests.unit.harness.fakes import FakeWorld, rehearsal


def _runbook(*times: float, target: str = "process") -> Runbook:
    ticks = iter(times)
    return Runbook(rehearsal(FakeWorld(target=target)), 7, clock=lambda: next(ticks))


def test_a_step_is_recorded_with_its_measured_and_its_declared_time() -> None:
    run = _runbook(10.0, 12.5)
    with run.step("stop", "Stop Sombra", claims=("G-02",), declared_s=minutes(2)):
        pass

    began, ended = run.rehearsal.history
    assert (began.kind, began["step"], began["claims"]) == ("step-began", "stop", ["G-02"])
    assert (ended["outcome"], ended["duration_s"], ended["declared_s"]) == ("ok", 2.5, 120.0)


def test_a_step_that_fails_is_recorded_and_fails_on() -> None:
    run = _runbook(0.0, 1.0)

    def step() -> None:
        with run.step("start", "Start Sombra"):
            raise StepFailed("refused")

    with pytest.raises(StepFailed):
        step()
    assert run.rehearsal.history.of("step-ended")[0]["outcome"] == "failed"


def test_only_steps_of_the_window_are_followed_by_the_hook() -> None:
    run = _runbook(*range(6))
    followed: list[str] = []
    run.after_step = followed.append

    for name, in_window in (("archive", False), ("stop", True)):
        with run.step(name, name, in_window=in_window):
            pass

    assert followed == ["stop"]


def test_a_failed_step_is_not_followed_by_the_hook() -> None:
    run = _runbook(0.0, 1.0)
    followed: list[str] = []
    run.after_step = followed.append

    def step() -> None:
        with run.step("start", "Start Sombra"):
            raise StepFailed("refused")

    with pytest.raises(StepFailed):
        step()
    assert followed == []


def test_a_scenario_is_its_function_under_a_name() -> None:
    called: list[int] = []

    @scenario("short", "A short one", checks=("happy-state",))
    def short(run: Runbook) -> None:
        called.append(run.seed)

    short(_runbook())

    assert (short.name, short.checks, called) == ("short", ("happy-state",), [7])


def _forking(name: str) -> Callable[[Rehearsal], None]:
    def act(still: Rehearsal) -> None:
        with still.fork(name, name) as f:
            f.record("looked")

    return act


def test_what_runs_beside_is_taken_in_the_order_it_was_set_going() -> None:
    run = _runbook()
    names = [f"fork-{number}" for number in range(5)]
    for name in names:
        run.beside(_forking(name))
    run.rehearsal.record("the steps went on")

    run.rejoin()

    history = run.rehearsal.history
    assert [event.world for event in history.of("looked")] == names
    assert [event["parent"] for event in history.of("forked")] == [TRUNK] * 5
    assert [event.n for event in history] == list(range(1, len(history.events) + 1))
    assert history.events[0].kind == "the steps went on"


def test_what_runs_beside_sees_the_world_as_it_stood() -> None:
    run = _runbook()
    seen: list[int] = []
    run.beside(lambda still: seen.append(len(still.ledger.artifacts)))
    run.rehearsal.ledger.add(Artifact("file/r000-1", "file", "before-1"))

    run.rejoin()

    assert seen == [0]
    world = run.rehearsal.world
    assert isinstance(world, FakeWorld)
    assert [fork.is_closed for fork in world.forks] == [True]


@pytest.mark.parametrize(("target", "is_own"), [("inprocess", True), ("process", False)])
def test_forks_have_a_thread_of_their_own_where_the_steps_wait_for_processes(target: str, is_own: bool) -> None:  # noqa: FBT001
    run = _runbook(target=target)
    threads: list[int] = []

    run.beside(lambda still: threads.append(threading.get_ident()))
    run.rejoin()

    assert [each == threading.get_ident() for each in threads] == [is_own]


@pytest.mark.parametrize("target", ["inprocess", "process"])
def test_a_failure_beside_fails_the_scenario_with_its_history_kept(target: str) -> None:
    def broken(still: Rehearsal) -> None:
        still.record("tried")
        raise StepFailed("refused")

    def body(run: Runbook) -> None:
        run.beside(broken)

    run = _runbook(target=target)
    with pytest.raises(StepFailed, match="refused"):
        scenario("s", "title")(body)(run)

    assert run.rehearsal.history.of("tried")


def test_an_interrupted_scenario_leaves_nothing_running_beside() -> None:
    began = threading.Event()
    going_on = threading.Event()

    def first(still: Rehearsal) -> None:
        began.set()
        assert going_on.wait(10)
        still.record("first")

    def body(run: Runbook) -> None:
        run.beside(first)
        run.beside(lambda still: still.record("second"))
        assert began.wait(10)
        going_on.set()
        raise KeyboardInterrupt

    run = _runbook()
    with pytest.raises(KeyboardInterrupt):
        scenario("s", "title")(body)(run)

    assert run.rehearsal.history.of("first")
    world = run.rehearsal.world
    assert isinstance(world, FakeWorld)
    assert [fork.is_closed for fork in world.forks] == [True, True]


def test_alone_the_steps_run_and_what_they_set_going_does_not() -> None:
    run = Alone(rehearsal(FakeWorld()), 7)

    with run.step("stop", "Stop Sombra"):
        run.beside(lambda still: still.record("beside"))
    run.rejoin()

    assert [event.kind for event in run.rehearsal.history] == ["step-began", "step-ended"]
