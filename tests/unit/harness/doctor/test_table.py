"""The doctor's table forgets no rule, and every line of it can stand in docs/doctor.md."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import harness.doctor
from harness.claims import CLAIMS
from harness.doctor.rule import Rule
from harness.doctor.table import ROWS, RULES


def rules_in_the_code() -> Iterator[Rule[object]]:
    """Every rule that any module of the doctor holds in a tuple."""
    for found in pkgutil.walk_packages(harness.doctor.__path__, "harness.doctor."):
        for value in vars(importlib.import_module(found.name)).values():
            if isinstance(value, tuple):
                yield from (each for each in value if isinstance(each, Rule))


def test_no_rule_is_missing_from_the_table() -> None:
    assert {each.id for each in rules_in_the_code()} == {each.id for each in RULES}


def test_an_id_names_one_row() -> None:
    assert [identity for identity, count in Counter(row.id for row in ROWS).items() if count > 1] == []


def test_every_row_cites_a_claim_and_known_failure_modes_in_a_form_that_can_be_linked() -> None:
    for row in ROWS:
        assert row.claim in CLAIMS, row
        assert all(re.fullmatch(r"F(0[1-9]|[1-4][0-9]|50)", mode) for mode in row.modes), row
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.id), row
        assert row.what, row


def test_a_rule_that_refuses_a_start_is_an_error() -> None:
    assert [row.id for row in ROWS if row.refuses and row.level != "error"] == []
