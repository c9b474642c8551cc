"""What a scenario is: Python that reads like the guide, with its steps, forks and the checks it must satisfy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from typing import ParamSpec, TypeVar

from harness.rehearsal.rehearsal import Rehearsal, StepFailed

Body = Callable[["Runbook"], None]
Act = Callable[[Rehearsal], None]
P = ParamSpec("P")
T = TypeVar("T")


def minutes(count: float) -> float:
    """Minutes as seconds."""
    return count * 60.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named procedure and the ids of the checks that judge it (an empty tuple means all)."""

    name: str
    title: str
    body: Body
    checks: tuple[str, ...] = ()

    def __call__(self, runbook: Runbook) -> None:
        """Run the procedure, and whatever it set going beside."""
        try:
            self.body(runbook)
            runbook.rejoin()
        except BaseException:
            runbook.rejoin(is_hurried=True)
            raise


def scenario(name: str, title: str, *, checks: tuple[str, ...] = ()) -> Callable[[Body], Scenario]:
    """Make a scenario of a function."""
    return lambda body: Scenario(name, title, body, checks)


@dataclass(slots=True)
class Runbook:
    """A rehearsal with steps: each is timed, announced, and recorded however it ends."""

    rehearsal: Rehearsal
    seed: int
    clock: Callable[[], float] = time.monotonic
    after_step: Callable[[str], None] | None = None
    _beside: Executor = field(init=False)
    _set_going: list[tuple[Rehearsal, Future[None]]] = field(default_factory=list)
    _hurry: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._beside = self._someone_else()

    def _someone_else(self) -> Executor:
        """A thread, where steps wait for other processes.

        Measured: two threads that only compute take a third more of the processor's time than one after the other.
        """
        return _AtOnce() if self.rehearsal.world.target == "inprocess" else ThreadPoolExecutor(1, "beside")

    def beside(self, *acts: Act) -> None:
        """Fork the world as it stands now while the steps go on: forks live in this process and need no gateway of it.

        One after the other, in the order they were set going, so that a seed still decides the history.
        """
        still = self.rehearsal.standstill()
        self._set_going.append((still, self._beside.submit(_one_by_one, acts, still, self._hurry)))

    def rejoin(self, *, is_hurried: bool = False) -> None:
        """Wait for what runs beside and take its history; in a hurry, leave out what has not begun."""
        if is_hurried:
            self._hurry.set()
        self._beside.shutdown(wait=False, cancel_futures=is_hurried)
        ended = []
        while self._set_going:
            with suppress(CancelledError):
                self._set_going[0][1].exception()  # not the thread's end, as in harness/background.py
            still, done = self._set_going.pop(0)
            self.rehearsal.history.take(still.history)
            still.world.close()
            ended.append(done)
        self._beside = self._someone_else()
        for done in ended:
            if not is_hurried:
                done.result()

    @contextmanager
    def step(
        self,
        identity: str,
        title: str,
        *,
        claims: tuple[str, ...] = (),
        declared_s: float = 0.0,
        in_window: bool = True,
        point_of_no_return: bool = False,
    ) -> Iterator[Rehearsal]:
        """One step of the guide; `declared_s` is what people and platforms need besides, in real life."""
        r = self.rehearsal
        r.progress.step(title)
        frame = {
            "step": identity,
            "title": title,
            "claims": list(claims),
            "declared_s": declared_s,
            "in_window": in_window,
            "point_of_no_return": point_of_no_return,
        }
        r.record("step-began", **frame)
        began, outcome = self.clock(), "failed"
        try:
            yield r
            outcome = "ok"
        finally:
            r.record("step-ended", **frame, outcome=outcome, duration_s=round(self.clock() - began, 4))
        if self.after_step is not None and in_window:
            self.after_step(identity)


class _AtOnce(Executor):
    """Does what it is given before it hands out its future."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """What it raises is the future's, as from a thread; a Ctrl-C is for who waits."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  whatever it was belongs to whoever asks for the result
            done.set_exception(error)
        return done


def _one_by_one(acts: Iterable[Act], still: Rehearsal, hurry: Event) -> None:
    for act in acts:
        if not hurry.is_set():
            act(still)


class Alone(Runbook):
    """A rehearsal of the steps without what they set going beside them."""

    def beside(self, *acts: Act) -> None:
        """Nothing: the steps are what is wanted."""


__all__ = ["Act", "Alone", "Runbook", "Scenario", "StepFailed", "minutes", "scenario"]
