"""Which rules count in one call: `--only` and `--skip`, by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from harness.doctor.examination import CUTOVER_RULES, FILE_RULES
from harness.doctor.live import RULES as LIVE_RULES
from harness.doctor.table import BY_ID, ROWS

_OF_ENVIRONMENTS = frozenset({*(rule.id for rule in FILE_RULES), "variable-twice"})
_OF_CUTOVERS = frozenset(rule.id for rule in CUTOVER_RULES)
_OF_THE_KEY = frozenset(rule.id for rule in LIVE_RULES)


class UnknownRule(ValueError):
    """An id that is no rule's: what it is instead, or which are near; the command line exits with 2."""


class NothingLeft(ValueError):
    """The two flags together leave no rule; an empty examination must not look like a pass."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids that count; None means all of them."""

    ids: frozenset[str] | None = None

    @classmethod
    def of(cls, only: Iterable[str], skip: Iterable[str]) -> Selection:
        """Read both flags, each a list of comma-separated lists; raises `UnknownRule` or `NothingLeft`."""
        wanted, unwanted = _ids(only), _ids(skip)
        if not wanted and not unwanted:
            return cls()
        left = (wanted or _selectable()) - unwanted
        if not left:
            raise NothingLeft("--only and --skip leave no rule to apply; take a rule out of --skip")
        return cls(left)

    def __contains__(self, identity: str) -> bool:
        """Whether findings of this id count; what is no rule always does."""
        row = BY_ID.get(identity)
        return self.ids is None or identity in self.ids or (row is not None and not row.is_rule)

    def applies_to(self, parts: Iterable[str], *, documents: bool, live: bool = False) -> bool:
        """Whether a chosen rule can be put to environments of these parts, to documents, or to the real key."""
        given = set(parts)
        possible = _selectable() if documents else _OF_ENVIRONMENTS | _OF_CUTOVERS | _OF_THE_KEY
        possible -= frozenset() if live else _OF_THE_KEY
        possible -= frozenset() if {"before", "after"} <= given else _OF_CUTOVERS
        possible -= frozenset() if given else _OF_ENVIRONMENTS
        return bool(possible & (self.ids or _selectable()))


def near(identity: str) -> str:
    """A sentence's end that names similar ids, or where all of them stand."""
    close = get_close_matches(identity, _selectable(), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else "docs/doctor.md lists them all"


def _ids(lists: Iterable[str]) -> frozenset[str]:
    found = {each.strip() for text in lists for each in text.split(",")} - {""}
    for identity in sorted(found):
        if identity not in BY_ID:
            raise UnknownRule(f"{identity!r} is no rule of the doctor; {near(identity)}")
        if not BY_ID[identity].is_rule:
            raise UnknownRule(f"{identity} cannot be chosen or skipped: {BY_ID[identity].what}; mend its cause")
    return frozenset(found)


def _selectable() -> frozenset[str]:
    return frozenset(row.id for row in ROWS if row.is_rule)
