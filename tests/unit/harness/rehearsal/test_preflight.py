"""The doctor says of the chart's and the module's defaults exactly what they are known for, and the checks say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.checks.check import Evidence
from harness.checks.preflight_checks import CHART, MODULE, WORLD, chart_traps_told, key_deletion_told
from harness.doctor.command import Report, diagnose
from harness.doctor.inputs import Inputs
from harness.history import History
from harness.rehearsal.preflight import SAMPLES, laid_out
from harness.verdict import Result

PREDICTED = {**CHART, **MODULE}
Fields = dict[str, Any]


def report(name: str) -> Report:
    with laid_out() as folder:
        return diagnose(Inputs(documents={SAMPLES[name]: (str(folder / name),)}))


def recorded(change: Callable[[Fields], Fields | None] = lambda fields: fields) -> Evidence:
    """A history in which the doctor said what it must, with each event changed or, with None, left out."""
    history = History(clock=lambda: 0.0)
    for sample, told in PREDICTED.items():
        code = 1 if any(each[0] == "error" for each in told) else 3
        fields = change({"sample": sample, "exit_code": code, "findings": [list(each) for each in told]})
        if fields is not None:
            history.append(WORLD, "preflight", **fields)
    return Evidence(history)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_defaults_give_exactly_the_findings_they_are_known_for(name: str) -> None:
    """D-07, D-08, and F26 to F35 as far as defaults show them."""
    found = [(each.level, each.id, each.claim, each.line) for each in report(name).findings]

    assert sorted(found) == sorted(PREDICTED[name])


def test_the_way_there_has_no_error_and_the_way_back_one() -> None:
    assert report("terraform-cutover.json").exit_code == 3  # the environment is known only after the apply
    assert report("terraform-rollback.json").exit_code == 1


def test_no_key_lies_in_a_sample() -> None:
    with laid_out() as first, laid_out() as second:
        assert first != second
        assert "LS0tLS1CRUdJT" in (first / "terraform-rollback.json").read_text("utf-8")


def test_what_was_predicted_passes() -> None:
    assert chart_traps_told(recorded()).result is Result.PASS
    assert key_deletion_told(recorded()).result is Result.PASS


def _without_the_last(fields: Fields) -> Fields:
    return {**fields, "findings": fields["findings"][:-1]}


def _one_more(fields: Fields) -> Fields:
    return {**fields, "findings": [*fields["findings"], ["error", "arn-missing", "G-09", 1]]}


def _a_line_off(fields: Fields) -> Fields:
    first, *rest = fields["findings"]
    return {**fields, "findings": [[*first[:3], first[3] + 1], *rest]}


def _one_twice(fields: Fields) -> Fields:
    return {**fields, "findings": [*fields["findings"], fields["findings"][0]]}


def _a_level_off(fields: Fields) -> Fields:
    return {
        **fields,
        "findings": [["note" if each[0] == "error" else "error", *each[1:]] for each in fields["findings"]],
    }


def _go(fields: Fields) -> Fields:
    return {**fields, "exit_code": 0 if fields["exit_code"] == 1 else 1}


@pytest.mark.parametrize("change", [_without_the_last, _one_more, _a_line_off, _one_twice, _a_level_off, _go])
def test_anything_else_fails(change: Callable[[Fields], Fields]) -> None:
    assert chart_traps_told(recorded(change)).result is Result.FAIL
    assert key_deletion_told(recorded(change)).result is Result.FAIL


def test_a_sample_that_was_not_examined_is_unknown() -> None:
    assert chart_traps_told(recorded(lambda _: None)).result is Result.UNKNOWN
    assert key_deletion_told(recorded(lambda _: None)).result is Result.UNKNOWN
