"""Each of the sixteen statuses against each step, as docs/wire.md and claims.md tell it."""

from __future__ import annotations

import pytest

from fake_sombra.errors import BadRequest, Conflict
from fake_sombra.transcend.statuses import IN_FLIGHT, STATUSES, after, known

_FORWARD = {
    "enrich": {"REQUEST_MADE": "COMPILING", "ENRICHING": "COMPILING"},
    "confirm": {
        "COMPILING": "APPROVING",
        "SECONDARY": "SECONDARY_COMPLETED",
        "SECONDARY_APPROVING": "SECONDARY_COMPLETED",
    },
    "approve": {"APPROVING": "DOWNLOADABLE"},
    "resume": {"ON_HOLD": "COMPILING", "WAITING": "COMPILING"},
    "cancel": {
        "REQUEST_MADE": "CANCELED",
        "ENRICHING": "CANCELED",
        "ON_HOLD": "CANCELED",
        "WAITING": "CANCELED",
        "COMPILING": "CANCELED",
        "APPROVING": "CANCELED",
        "DELAYED": "CANCELED",
    },
}


def test_there_are_sixteen_statuses_and_nine_of_them_are_in_flight() -> None:
    assert len(set(STATUSES)) == 16
    assert len(IN_FLIGHT) == 9
    assert set(STATUSES) > IN_FLIGHT


@pytest.mark.parametrize("step", sorted(_FORWARD))
@pytest.mark.parametrize("status", STATUSES)
def test_a_step_leads_on_from_its_own_statuses_and_conflicts_in_all_others(step: str, status: str) -> None:
    expected = _FORWARD[step].get(status)

    if expected is not None:
        assert after(step, status) == expected
    else:
        with pytest.raises(Conflict, match=status):
            after(step, status)


@pytest.mark.parametrize("step", ["answer", "attach"])
@pytest.mark.parametrize("status", STATUSES)
def test_an_answer_and_a_file_need_a_request_in_flight_and_leave_it_where_it_is(step: str, status: str) -> None:
    if status in IN_FLIGHT:
        assert after(step, status) == status
    else:
        with pytest.raises(Conflict):
            after(step, status)


@pytest.mark.parametrize(
    ("claimed", "step"),
    [
        (("REQUEST_MADE", "ENRICHING"), "enrich"),
        (("ON_HOLD", "WAITING"), "resume"),
        (("COMPILING",), "answer"),
        (("APPROVING", "DELAYED"), "attach"),
        (("SECONDARY", "SECONDARY_APPROVING"), "confirm"),
    ],
)
def test_each_in_flight_status_has_the_next_step_that_claims_md_names(claimed: tuple[str, ...], step: str) -> None:
    assert all(after(step, status) for status in claimed)


def test_only_the_sixteen_are_known() -> None:
    assert [known(status) for status in STATUSES] == list(STATUSES)
    with pytest.raises(BadRequest, match="compiling"):
        known("compiling")
