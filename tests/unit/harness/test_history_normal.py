"""The normal form forgets what chance decides and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from harness.history import History
from harness.history_normal import normal_form

_KEY, _OTHER = "c03744fea1f81112", "cb0cc3d20b1e1b28"


def _history(*, began: float = 0.0, key: str = _KEY, other: str = _OTHER, port: int = 20_111) -> History:
    """Two boots, two log lines, a journal."""
    times: Iterator[float] = iter(began + tick for tick in range(100))
    history = History(clock=lambda: next(times))
    history.append("trunk", "budget", seconds=7200.0)
    history.append("trunk", "booted", instance="before-1", seconds=began + 0.25, keys=[key], problems=[])
    history.append("trunk", "booted", instance="after-2", seconds=0.5, keys=[other, key], problems=[_problem(port)])
    history.append("trunk", "log", event="call_refused", code="wrong_provider", instance="after-2")
    history.append("trunk", "log", event="call_refused", code="signature_invalid", instance="after-2")
    history.append("trunk", "kms-journal", calls=[["GenerateRandom", 32, "ok"], ["Decrypt", None, "denied"]])
    history.append("trunk", "probe", artifact="file/r000-1", readable=False, cause="wrong_provider")
    return history


def _problem(port: int) -> str:
    return f"cannot listen on 127.0.0.1:{port}, held by pid {port + 7}; request {uuid4()}, token eyJhb.{port}.sig"


def test_times_ports_pids_ids_keys_and_tokens_do_not_tell_two_runs_apart() -> None:
    one, other = _history(), _history(began=1234.5, key="0" * 16, other="1" * 16, port=31_999)

    assert [event.to_json() for event in one] != [event.to_json() for event in other]
    assert normal_form(one) == normal_form(other)


def test_what_was_equal_stays_equal_and_what_differed_stays_different() -> None:
    lines = [json.loads(line) for line in normal_form(_history()).splitlines()]

    assert lines[1]["keys"] == ["key-1"]
    assert lines[2]["keys"] == ["key-2", "key-1"]
    assert normal_form(_history()) != normal_form(_history(key=_OTHER, other=_OTHER))
    assert lines[2]["problems"] == ["cannot listen on 127.0.0.1:port-1, held by pid pid-1; request id-1, token token-1"]


def test_a_configured_duration_is_no_measured_one() -> None:
    lines = normal_form(_history()).splitlines()

    assert '"seconds":7200.0' in lines[0]
    assert "seconds" not in lines[1]


def test_the_order_of_calls_that_were_made_at_once_does_not_count() -> None:
    history, swapped = _history(), _history()
    swapped.events[3:5] = reversed(swapped.events[3:5])
    swapped.events[5]["calls"].reverse()

    assert normal_form(history) == normal_form(swapped)


@pytest.mark.parametrize("place", range(7))
def test_a_missing_event_shows(place: int) -> None:
    history = _history()
    del history.events[place]

    assert normal_form(history) != normal_form(_history())


@pytest.mark.parametrize(("place", "field", "value"), [(6, "cause", "x"), (6, "readable", True), (3, "code", "")])
def test_a_changed_observation_shows(place: int, field: str, value: object) -> None:
    history = _history()
    changed = {**history.events[place].fields, field: value}
    history.events[place] = type(history.events[place])(1, 0.0, "trunk", history.events[place].kind, changed)

    assert normal_form(history) != normal_form(_history())


def test_the_order_of_steps_counts() -> None:
    history = _history()
    history.events[1:3] = reversed(history.events[1:3])

    assert normal_form(history) != normal_form(_history())
