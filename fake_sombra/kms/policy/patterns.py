"""How far `*` and `?` reach in each place of a policy.

Patterns come from other people's files, so matching takes time in proportion to pattern times text, never more.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

ARN_PARTS: Final = 6
_ANY, _ANY_IN_PART, _ONE, _ONE_IN_PART = "any", "any in part", "one", "one in part"
_REPEATED = frozenset({_ANY, _ANY_IN_PART})


def text_like(pattern: str, text: str) -> bool:
    """`*` is any text and `?` any character, as in StringLike."""
    plain = _without_walking(pattern, text)
    return _matches(_free(pattern), text) if plain is None else plain


def action_like(pattern: str, action: str) -> bool:
    """The same, whatever the case."""
    return text_like(pattern.lower(), action.lower())


def resource_like(pattern: str, arn: str) -> bool:
    """Wildcards stay within a part of the ARN, except a `*` at the end of one, which reaches on."""
    plain = _without_walking(pattern, arn)
    return _matches(_by_part(pattern), arn) if plain is None else plain


def arn_like(pattern: str, arn: str) -> bool:
    """Each of the six parts for itself, as in ArnLike; False for what has fewer."""
    wanted, found = pattern.split(":", ARN_PARTS - 1), arn.split(":", ARN_PARTS - 1)
    return len(wanted) == len(found) == ARN_PARTS and all(map(text_like, wanted, found))


def _without_walking(pattern: str, text: str) -> bool | None:
    """Answer for most patterns of real policies: no wildcard, or one `*` at the end; None for all others."""
    if "?" in pattern or "*" in pattern[:-1]:
        return None
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


@lru_cache(maxsize=1024)
def _free(pattern: str) -> tuple[str, ...]:
    wild = {"*": _ANY, "?": _ONE}
    return tuple(wild.get(each, each) for each in pattern)


@lru_cache(maxsize=1024)
def _by_part(pattern: str) -> tuple[str, ...]:
    wild = {"*": _ANY_IN_PART, "?": _ONE_IN_PART}
    ends = {number for number, after in enumerate((*pattern[1:], ":")) if after == ":"}
    return tuple(
        _ANY if each == "*" and number in ends else wild.get(each, each) for number, each in enumerate(pattern)
    )


def _matches(tokens: tuple[str, ...], text: str) -> bool:
    """Walk the text once, keeping every place in the pattern that it may have reached."""
    places = _skipping(tokens, {0})
    for letter in text:
        reached = set()
        for place in places:
            if place < len(tokens) and _takes(tokens[place], letter):
                reached.add(place if tokens[place] in _REPEATED else place + 1)
        places = _skipping(tokens, reached)
        if not places:
            return False
    return len(tokens) in places


def _skipping(tokens: tuple[str, ...], places: set[int]) -> set[int]:
    """Add the places behind any run of stars, which may also stand for nothing."""
    found = set(places)
    for place in places:
        after = place
        while after < len(tokens) and tokens[after] in _REPEATED:
            after += 1
            found.add(after)
    return found


def _takes(token: str, letter: str) -> bool:
    if token in {_ANY, _ONE}:
        return True
    if token in {_ANY_IN_PART, _ONE_IN_PART}:
        return letter != ":"
    return token == letter
