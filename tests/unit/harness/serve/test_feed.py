"""The live log: lines in order, the same call over and over counted, nothing that could move a cursor."""

from __future__ import annotations

from typing import Any

from harness.serve.feed import Feed

_REFUSED = {"level": "error", "event": "call_refused", "code": "wrong_provider", "status": 500, "message": "lost"}


def test_lines_come_once_in_order_and_from_where_one_left_off() -> None:
    records: list[dict[str, Any]] = [{"level": "info", "event": "ready", "instance": "before-1"}]
    feed = Feed(lambda: records)
    feed.say("a cutover")
    records.append(_REFUSED)

    first = feed.since()
    again = feed.since(first[-1].n)
    feed.say("done")

    assert [line.text for line in first] == [
        "ready instance=before-1",
        "a cutover",
        "call_refused code=wrong_provider status=500: lost",
    ]
    assert [(line.who, line.level) for line in first] == [("gateway", "info"), ("serve", "info"), ("gateway", "error")]
    assert again == []
    assert [line.text for line in feed.since(first[-1].n)] == ["done"]


def test_the_same_refusal_of_many_calls_is_one_line_with_a_count() -> None:
    records = [{**_REFUSED, "call_id": str(number)} for number in range(96)]
    records.append({**_REFUSED, "code": "tampered"})
    feed = Feed(lambda: records)

    assert [(line.times, line.n) for line in feed.since()] == [(96, 1), (1, 2)]


def test_a_line_that_was_handed_out_is_not_counted_up_later() -> None:
    records: list[dict[str, Any]] = [dict(_REFUSED)]
    feed = Feed(lambda: records)
    seen = feed.since()
    records.append(dict(_REFUSED))

    assert [line.times for line in feed.since(seen[-1].n)] == [1]


def test_only_the_latest_are_kept_and_what_is_not_text_is_spelled_out() -> None:
    records = [{"level": "info", "event": f"e{number}", "message": "a\x1b[2Jb\nc"} for number in range(900)]
    lines = Feed(lambda: records).since()

    assert len(lines) == 500
    assert lines[-1].n == 900
    assert lines[-1].text == "e899: a\\u001b[2Jb c"
