"""Two readings of one table: the doctor's, from files, and the gateway's own, from its environment."""

from __future__ import annotations

import re

import pytest

from fake_sombra import settings
from fake_sombra.errors import ConfigurationRefused
from harness.doctor import refuses_start
from harness.environment import EnvFile
from tests.conformance.startup_rows import Refused, StartupRow, p384, startup_rows

_ROWS = pytest.mark.parametrize("row", startup_rows(), ids=lambda row: row.name)


def _refused_by_gateway(row: StartupRow) -> Refused:
    try:
        settings.load(row.variables)
    except ConfigurationRefused as refused:
        return frozenset((problem.variable, problem.item) for problem in refused.problems)
    return frozenset()


def _refused_by_doctor(row: StartupRow) -> Refused:
    file = EnvFile.parse(row.content, path="after.env")
    places = set()
    for finding in refuses_start(file):
        found = re.match(r"([A-Z_]+)(?: item (\d+))?", finding.message)
        assert found is not None, finding
        places.add((found[1], int(found[2]) if found[2] else None))
    return frozenset(places)


def test_the_table_holds_rows_of_both_kinds() -> None:
    assert {bool(row.refused) for row in startup_rows()} == {True, False}
    assert len({row.name for row in startup_rows()}) == len(startup_rows())


@_ROWS
def test_the_doctor_reads_the_row_as_the_table_says(row: StartupRow) -> None:
    assert _refused_by_doctor(row) == row.refused


@_ROWS
def test_the_gateway_reads_the_row_as_the_table_says(row: StartupRow) -> None:
    assert _refused_by_gateway(row) == row.refused


def test_doctor_and_gateway_give_a_key_the_same_fingerprint() -> None:
    from fake_sombra.crypto.signing_key import read_item  # noqa: PLC0415  # only this test compares it
    from harness.key_facts import key_entries  # noqa: PLC0415  # as above

    assert key_entries(p384("old"))[0].fingerprint == read_item(p384("old")).fingerprint
