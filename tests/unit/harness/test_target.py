"""What a step reads from an answer: the cause of a refusal, and a field or a clear failure."""

from __future__ import annotations

import pytest

from harness.target import AnswerLacks, Reply, Secrets
from tests.unit.harness.fakes import refusal, reply


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (reply(204), ""),
        (refusal("wrong_provider"), "wrong_provider"),
        (Reply(0), "connection_refused"),
        (reply(502, body=b"<html>"), "http_502"),
        (reply(500, ["a", "list"]), "http_500"),
        (reply(500, {"error": "text"}), "http_500"),
        (reply(500, {"error": {"code": 7}}), "http_500"),
    ],
)
def test_a_refusal_names_its_cause_or_else_its_status(answer: Reply, cause: str) -> None:
    assert answer.cause == cause


@pytest.mark.parametrize(
    ("answer", "has_message"),
    [
        (refusal("wrong_provider"), False),
        (reply(500, {"error": {"code": "tampered", "message": "damaged"}, "message": "damaged"}), True),
        (reply(500, {"error": {"code": "tampered", "message": "damaged"}, "message": ""}), False),
        (reply(500, {"message": {"text": "damaged"}}), False),
        (reply(500, ["a", "list"]), False),
        (reply(502, body=b"<html>"), False),
    ],
)
def test_a_message_counts_at_the_top_of_the_body_alone(answer: Reply, *, has_message: bool) -> None:
    assert answer.has_message is has_message


def test_a_field_that_is_missing_fails_the_step_and_says_what_there_was() -> None:
    answer = reply(200, {"request": {"id": "R0"}})

    assert answer.json["request"]["id"] == "R0"
    with pytest.raises(AnswerLacks, match="no 'link' but 'id'"):
        answer.json["request"]["link"]
    with pytest.raises(AnswerLacks, match="no 'nodes' but nothing"):
        Reply(0).json["nodes"]
    assert answer.json.get("nodes", []) == []


def test_an_entry_that_a_list_in_an_answer_has_not_is_told_as_a_lack() -> None:
    document = Reply(200, body=b'{"page": {"nodes": [{"id": 1}]}}').json

    assert document["page"]["nodes"][0]["id"] == 1
    assert document["page"]["nodes"][1:] == []
    with pytest.raises(AnswerLacks, match=r"1 entries, and none at \[1\]"):
        _ = document["page"]["nodes"][1]


def test_secrets_are_fresh_each_time_and_never_shown() -> None:
    one, other = Secrets.fresh(), Secrets.fresh()

    assert {one.api_key, one.internal_key, one.ingress_secret}.isdisjoint(
        {other.api_key, other.internal_key, other.ingress_secret}
    )
    assert repr(one) == "Secrets()"
    assert len(one.internal_key_hash) == 44
