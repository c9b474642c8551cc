"""What a history of actions shows beside the oracle, asked again from the beginning; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.explore import rules
from harness.explore.action import Action
from harness.explore.oracle import Oracle
from harness.explore.walk import DONE, WIRE, Difference, told
from harness.history import Event, History

ACTION, ARTIFACT, STATUS = "action", "artifact", "status"


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that was held against the oracle: of which sort, by which event, and how it differs if it does."""

    sort: str
    event: int
    difference: Difference | None


def held(history: History) -> Iterator[Held]:
    """Everything that was seen, in order, up to an action that ended otherwise than it must."""
    oracle = Oracle()
    for event in history:
        if event.kind == "acted":
            difference = _of_action(oracle, event)
            yield Held(ACTION, event.n, difference)
            if difference is not None:
                return
            rules.follow(oracle, Action.parse(event["action"]))
        elif event.kind == "compared":
            yield from _of_artifacts(oracle, event)
        elif event.kind == "statuses":
            yield from _of_statuses(oracle, event)


def _of_action(oracle: Oracle, event: Event) -> Difference | None:
    demanded = rules.expected(oracle, Action.parse(event["action"]))
    if event["cause"] == demanded:
        return None
    return Difference(event["action"], demanded or DONE, event["cause"] or DONE)


def _of_artifacts(oracle: Oracle, event: Event) -> Iterator[Held]:
    demand = oracle.sees_over_wire if event["look"] == WIRE else oracle.sees
    for name, word in event["seen"].items():
        demanded = told(demand(name))
        is_same = word == demanded
        what = f"{name} ({event['look']})"
        yield Held(ARTIFACT, event.n, None if is_same else Difference(what, demanded, word))


def _of_statuses(oracle: Oracle, event: Event) -> Iterator[Held]:
    for name, request in oracle.requests.items():
        seen = event["seen"].get(name, "")
        is_same = seen == request.status
        yield Held(STATUS, event.n, None if is_same else Difference(f"the status of {name}", request.status, seen))
