"""Log lines as a pipe's reader sees them."""

from __future__ import annotations

import io
import json

import pytest

from fake_sombra.logs import LEVELS, Collected, JsonLines, is_heard


def test_a_line_is_one_json_object_with_time_level_and_event() -> None:
    stream = io.StringIO()

    JsonLines(stream, now=lambda: 12.3456)("warn", "call_refused", code="tampered", message="two\nlines")

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line) == {
        "time": 12.346,
        "level": "warn",
        "event": "call_refused",
        "code": "tampered",
        "message": "two\nlines",
    }


def test_what_is_not_json_is_named_by_its_type_and_never_shown() -> None:
    stream = io.StringIO()

    JsonLines(stream)("info", "event", held=b"secret")

    assert json.loads(stream.getvalue())["held"] == "<bytes>"


@pytest.mark.parametrize("lowest", LEVELS)
def test_a_level_hears_itself_and_what_is_above(lowest: str) -> None:
    heard = [level for level in LEVELS if is_heard(level, lowest=lowest)]

    assert heard == list(LEVELS[LEVELS.index(lowest) :])


def test_collected_events_are_found_by_name() -> None:
    log = Collected()

    log("info", "one", n=1)
    log("warn", "other")

    assert log.of("one") == [{"level": "info", "event": "one", "n": 1}]
