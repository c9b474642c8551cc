"""What of a log goes into a history: causes and names, never texts."""

from __future__ import annotations

import pytest

from harness.rehearsal.listening import loud

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
