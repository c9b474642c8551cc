"""Wildcards as they are written in policies, and by somebody who means harm."""

from __future__ import annotations

import pytest

from fake_sombra.kms.policy.patterns import arn_like, resource_like, text_like


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "a:b/c", True),
        ("?", "", False),
        ("a**b", "ab", True),
        ("a*?b", "ab", False),
        ("*a*b", "xaxb", True),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a*", "a\nb", True),
    ],
)
def test_a_text_matches(pattern: str, text: str, *, matches: bool) -> None:
    assert text_like(pattern, text) is matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a:*", "a:b:c", True),
        ("a:*:c", "a:b:b:c", True),
        ("a:*x:c", "a:b:x:c", False),
        ("a:x*:c", "a:x:c", True),
        ("a?b", "a:b", False),
        ("a*b", "a:b", False),
    ],
)
def test_a_wildcard_crosses_a_colon_only_at_the_end_of_a_part(pattern: str, text: str, *, matches: bool) -> None:
    assert resource_like(pattern, text) is matches


def test_parts_of_an_arn_match_one_by_one() -> None:
    arn = "arn:aws:iam::111122223333:role/a:b"

    assert arn_like("arn:*:iam::*:role/*", arn)
    assert not arn_like("arn:aws:*:111122223333:role/a:b", arn)
    assert not arn_like("arn:aws:iam::*", arn)


def test_a_hostile_pattern_is_walked_once() -> None:
    """Backtracking over forty stars would not end in this universe."""
    assert not text_like("a*" * 40 + "b", "a" * 2_000)
    assert not resource_like("*a" * 40 + "b", "a" * 2_000)
