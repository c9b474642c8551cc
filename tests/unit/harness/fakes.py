"""A world that answers as a test says and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.history import History
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import BootReport, Call, Reply, Secrets, WorldPlan

SECRETS = Secrets("an-api-key", "aW50ZXJuYWw=", "an-ingress-secret")
Answering = Callable[[Call], Reply]


def reply(status: int = 200, document: object = None, body: bytes = b"") -> Reply:
    """An answer with a JSON body, or with raw bytes."""
    return Reply(status, {}, body if document is None else json.dumps(document).encode())


def refusal(code: str, status: int = 500) -> Reply:
    """An answer that names a cause."""
    return reply(status, {"error": {"code": code, "message": "refused"}})


@dataclass(slots=True)
class FakeWorld:
    """Answers calls with a function; a start is refused for `problems`."""

    answer: Answering = lambda call: reply()
    problems: tuple[str, ...] = ()
    target: str = "inprocess"
    log: list[Mapping[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    environs: list[Mapping[str, str]] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    forks: list[FakeWorld] = field(default_factory=list)
    is_closed: bool = False
    knows_the_drill: bool = False

    def start(self, environ: Mapping[str, str], *, instance: str) -> BootReport:
        self.environs.append(dict(environ))
        if self.problems:
            return BootReport(instance, False, 1, self.problems, False, 0.5)
        self.live.append(instance)
        return BootReport(instance, True, None, (), True, 0.25)

    def stop(self, instance: str) -> None:
        self.live.remove(instance)

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        self.calls += calls
        return [self.answer(call) for call in calls]

    def overlay(self) -> Mapping[str, str]:
        return {"TRANSCEND_URL": "http://transcend.fake", "AWS_SECRET_ACCESS_KEY": "rehearsal"}

    def logs(self) -> list[Mapping[str, Any]]:
        return self.log

    def fork(self) -> FakeWorld:
        self.forks.append(FakeWorld(self.answer, self.problems))
        return self.forks[-1]

    def drill(self) -> FakeWorld:
        self.forks.append(FakeWorld(self.answer, self.problems, knows_the_drill=True))
        return self.forks[-1]

    def close(self) -> None:
        self.is_closed = True


@dataclass(slots=True)
class FakeTarget:
    """Hands out one prepared world."""

    world: FakeWorld = field(default_factory=FakeWorld)
    name: str = "inprocess"
    plans: list[WorldPlan] = field(default_factory=list)

    def open(self, plan: WorldPlan) -> FakeWorld:
        self.plans.append(plan)
        return self.world


def rehearsal(world: FakeWorld, **environments: Mapping[str, str]) -> Rehearsal:
    """A rehearsal in a prepared world."""
    named = {"before": {"ORGANIZATION_URI": "acme", "INTERNAL_KEY_HASH": "hash"}, **environments}
    return Rehearsal(world, History(), named, SECRETS, Silent())
