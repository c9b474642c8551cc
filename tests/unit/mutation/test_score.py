"""What mutation testing counts: a change that was not tried is never killed, and a survivor needs a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.copied import undecorated
from tests.mutation.score import Score, explained, function_of, printed, scored


def _written(folder: Path, **outcomes: int | None) -> Path:
    """The record that mutmut leaves beside a changed module."""
    named = {f"harness.model.{name}": code for name, code in outcomes.items()}
    (folder / "harness").mkdir()
    (folder / "harness" / "model.py.meta").write_text(json.dumps({"exit_code_by_key": named}), "utf-8")
    return folder


def test_every_change_that_a_test_noticed_is_killed(tmp_path: Path) -> None:
    score = scored("model", _written(tmp_path, x_fold__mutmut_1=1, x_fold__mutmut_2=3))

    assert (score.planned, score.tried, score.killed, score.exit_code(set())) == (2, 2, 2, 0)
    assert "2 changes, 2 tried, 2 killed: 100.0 %" in printed([score], set())


def test_a_survivor_is_named_until_its_function_is_explained(tmp_path: Path) -> None:
    score = scored("model", _written(tmp_path, x_fold__mutmut_1=1, x__unwrap__mutmut_7=0))

    assert score.survivors == ("harness.model.x__unwrap__mutmut_7",)
    assert score.exit_code(set()) == 1
    assert "unexplained: harness.model.x__unwrap__mutmut_7" in printed([score], set())
    known = explained("| `harness.model._unwrap` | equal |\n")
    assert score.exit_code(known) == 0
    assert "unexplained" not in printed([score], known)


@pytest.mark.parametrize("code", [None, 33, 36, -24, -9])
def test_a_change_that_was_not_tried_decides_nothing(code: int | None, tmp_path: Path) -> None:
    score = scored("model", _written(tmp_path, x_fold__mutmut_1=1, x_fold__mutmut_2=code))

    assert (score.planned, score.tried, score.exit_code(set())) == (2, 1, 3)


def test_a_part_with_nothing_to_change_is_no_success() -> None:
    assert Score("nothing").exit_code(set()) == 3
    assert "0 changes, 0 tried, 0 killed: nothing" in printed([Score("nothing")], set())


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        ("fake_sombra.crypto.cipher.x_unpack__mutmut_4", "fake_sombra.crypto.cipher.unpack"),
        ("harness.model.x__unwrap__mutmut_12", "harness.model._unwrap"),
        ("fake_sombra.crypto.key_sets.xǁKeySetsǁof__mutmut_7", "fake_sombra.crypto.key_sets.KeySets.of"),
    ],
)
def test_a_mutant_is_named_by_its_function(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


_CHECK = """\
@check(
    "one",
    "A check",
)
def one(evidence):
    return evidence
"""


def test_checks_are_decorated_after_they_are_made() -> None:
    made: dict[str, Any] = {"check": lambda *told: lambda judge: (told, judge)}

    changed = undecorated(_CHECK)
    exec(compile(changed, "checks", "exec"), made)  # noqa: S102  what the copy would import

    assert "@check" not in changed
    assert made["one"][0] == ("one", "A check")
    assert made["one"][1](7) == 7
