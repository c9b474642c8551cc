"""The language of scenario files."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.explore.action import GRAMMAR, Action, BadAction
from harness.explore.rules import RULES
from harness.explore.walk import ACTS

_WORDS = {
    "STATUS": "COMPILING",
    "KMS": "x",
    "SWITCH": "throw",
    "ON": "off",
    "ACTION": "Decrypt",
    "TROUBLE": "throttled",
    "WRONG": "hybrid",
    "AUDIENCE": "employee",
    "PROVIDER": "AWS",
    "KEYS": "k2,k1",
}


@pytest.mark.parametrize("verb", GRAMMAR)
def test_every_verb_is_read_as_it_is_written(verb: str) -> None:
    action = Action(verb, tuple(_WORDS.get(kind, "r1") for kind in GRAMMAR[verb].split()))

    assert Action.parse(str(action)) == action


def test_every_verb_has_a_rule_and_can_be_carried_out() -> None:
    assert set(GRAMMAR) == set(RULES) == set(ACTS)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fly r1", "there is no action 'fly'"),
        ("submit", "takes REQUEST"),
        ("submit r1 r2", "given 2 words"),
        ("move r1 LOST", "one of REQUEST_MADE"),
        ("submit r-1", "a name such as r1"),
        ("keys k1;k2", "signing keys such as k2,k1"),
        ("deny Sign", "one of Encrypt, Decrypt, GenerateRandom"),
    ],
)
def test_a_line_that_says_nothing_is_refused_with_its_reason(line: str, said: str) -> None:
    with pytest.raises(BadAction, match=said):
        Action.parse(line)


@given(st.text(min_size=1).filter(str.strip))
def test_any_line_is_an_action_or_refused(line: str) -> None:
    """Nothing but `BadAction` comes of a line, however strange."""
    with suppress(BadAction):
        assert Action.parse(line).verb in GRAMMAR
