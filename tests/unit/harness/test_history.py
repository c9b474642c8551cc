"""The history: appended in order, written ahead, read back the same, and refused when it is none."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from harness.history import TRUNK, History, NoHistory


def _history(journal: io.StringIO | None = None) -> History:
    ticks = iter(range(100))
    history = History(journal, clock=lambda: float(next(ticks)))
    history.append(TRUNK, "run", scenario="guide", seed=7)
    history.append("drained", "probe", artifact="file/r0-1", readable=True)
    history.append(TRUNK, "probe", artifact="file/r0-1", readable=False)
    return history


def test_each_event_is_in_the_journal_before_the_next_thing_happens() -> None:
    journal = io.StringIO()
    history = History(journal)

    for number in range(1, 4):
        history.append(TRUNK, "probe", artifact="x")
        assert len(journal.getvalue().splitlines()) == number


def test_a_history_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    journal = io.StringIO()
    written = _history(journal)
    file = tmp_path / "history.jsonl"
    file.write_text(journal.getvalue(), encoding="utf-8")

    assert History.read(file).events == written.events


def test_events_are_found_by_kind_world_and_fields() -> None:
    history = _history()

    assert [event.n for event in history.of("probe")] == [2, 3]
    assert [event.n for event in history.of("probe", world=TRUNK)] == [3]
    assert [event.n for event in history.of("probe", readable=True)] == [2]
    assert history.worlds() == (TRUNK, "drained")


def test_a_last_line_cut_short_is_left_out_and_any_other_is_no_history() -> None:
    journal = io.StringIO()
    _history(journal)
    lines = journal.getvalue().splitlines()

    assert len(History.from_lines([*lines[:-1], lines[-1][:-5]]).events) == 2
    with pytest.raises(NoHistory, match="line 2 is not JSON"):
        History.from_lines([lines[0], lines[1][:-5], lines[2]])


@pytest.mark.parametrize("line", ["[]", "7", "null", '{"n":1}', '{"n":"1","at":0,"world":"trunk","kind":"run"}'])
def test_a_line_that_is_no_event_is_named(line: str) -> None:
    with pytest.raises(NoHistory, match="line 1 is no event"):
        History.from_lines([line, json.dumps({})])


def test_a_field_that_an_event_has_not_is_named_with_the_event() -> None:
    event = _history().events[1]

    assert event["readable"] is True
    assert event.get("cause", "none") == "none"
    with pytest.raises(NoHistory, match=r"event 2 \(probe\) has no field 'cause'"):
        event["cause"]


def test_bytes_that_are_no_text_are_no_history(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(NoHistory, match=r"history\.jsonl is not UTF-8"):
        History.read(file)


def test_what_happened_beside_is_taken_with_its_own_times_and_new_numbers() -> None:
    ticks = iter([0.0, 1.0, 2.0, 3.0])
    journal = io.StringIO()
    history = History(journal, clock=lambda: next(ticks))
    beside = history.aside()
    beside.append("fork", "looked")
    history.append("trunk", "stopped")

    history.take(beside)

    assert [(event.n, event.at, event.world) for event in history] == [(1, 3.0, "trunk"), (2, 2.0, "fork")]
    assert History.from_lines(journal.getvalue().splitlines()).events == history.events
