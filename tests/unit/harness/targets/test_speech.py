"""What is made of the lines a service says, whether it is a process or a container."""

from __future__ import annotations

from harness.targets.speech import Speech


def _said(*lines: str) -> Speech:
    speech = Speech()
    for line in lines:
        speech.hear(line)
    return speech


def test_log_entries_and_loose_words_are_heard_in_their_order() -> None:
    speech = _said('{"event": "ready"}', "Traceback:", "", "[1]", '{"event": "done"}')

    assert speech.lines == [{"event": "ready"}, {"event": "done"}]
    assert speech.words == ["Traceback:", "[1]"]
    assert [entry.get("message", entry["event"]) for entry in speech.heard] == ["ready", "Traceback:", "[1]", "done"]


def test_who_waits_for_the_ready_line_of_a_silent_service_gets_none() -> None:
    assert _said("noise").ready(within_s=60.0, speaks=lambda: False) is None
    assert _said("noise").ready(within_s=-1.0, speaks=lambda: True) is None
    assert _said('{"event": "ready", "port": 1}').ready(within_s=60.0, speaks=lambda: False) == {
        "event": "ready",
        "port": 1,
    }


def test_a_refused_start_names_each_problem_or_else_the_last_words() -> None:
    refused = '{"event": "refused", "variable": "JWT_ECDSA_KEY", "item": 2, "message": "not P-384"}'

    assert _said(refused, "noise").problems(78) == ("JWT_ECDSA_KEY item 2: not P-384",)
    assert _said("out of luck").problems(1) == ("the gateway ended with exit code 1: out of luck",)


def test_one_that_ended_by_itself_is_named_with_its_last_words() -> None:
    assert str(_said().ended("kms", -9)) == ("kms ended by itself with exit code -9 (it said nothing); rehearse again")
