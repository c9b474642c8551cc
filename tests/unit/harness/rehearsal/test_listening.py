"""The ears of a world: each refusal once by cause and status, of a log its causes and names; never a text."""

from __future__ import annotations

import pytest

from harness.rehearsal.listening import Listening, loud
from harness.target import Call, Place, Reply
from tests.unit.harness.fakes import refusal, reply

LOUD = reply(409, {"error": {"code": "conflict", "message": "later"}, "message": "later"})


def _heard(*answers: tuple[Place, Reply]) -> Listening:
    ears = Listening(credentials=(("the API key", "opensesame"),))
    ears.hear([Call("GET", place, "/") for place, _ in answers], [answer for _, answer in answers])
    return ears


def test_each_refusal_is_told_once_with_its_status_and_whether_it_has_a_message() -> None:
    ears = _heard(("customer", refusal("tampered")), ("ingress", LOUD), ("transcend", LOUD), ("customer", reply(200)))

    assert ears.told() == {
        "answers": 4,
        "heard": [],
        "refusals": [["conflict", 409, True], ["tampered", refusal("tampered").status, False]],
    }


def test_what_the_control_ports_refuse_and_silence_are_no_refusals_of_sombra() -> None:
    assert _heard(("kms-control", LOUD), ("transcend-control", LOUD), ("customer", Reply(0))).told()["refusals"] == []


def test_an_answer_that_says_a_credential_is_told_by_the_name_of_it() -> None:
    ears = _heard(("kms-control", reply(200, {"key": "opensesame"})))

    assert ears.told()["heard"] == ["the API key"]
    assert "opensesame" not in repr(ears)


_FRAME = {"event": "configuration", "code": None, "instance": "before-1"}


@pytest.mark.parametrize("level", ["warn", "error", "fatal"])
def test_warnings_and_worse_are_kept_without_their_text(level: str) -> None:
    assert list(loud([{**_FRAME, "level": level, "message": "a text"}])) == [{**_FRAME, "level": level}]


@pytest.mark.parametrize("level", ["debug", "info"])
def test_what_is_no_warning_is_kept_where_it_names_a_variable(level: str) -> None:
    remark = {**_FRAME, "level": level, "variable": "AWS_KMS_KEY_ARN"}

    assert list(loud([{**_FRAME, "level": level}, {**remark, "message": "a text"}])) == [remark]


def test_what_stands_for_a_variables_name_may_be_a_piece_of_a_key() -> None:
    (kept,) = loud([{**_FRAME, "level": "warn", "variable": "MHcCAQEEIJ/kq+"}])

    assert kept["variable"] == "a variable of unusual name"
