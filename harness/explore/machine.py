"""The Hypothesis machine: each rule proposes one action, which is taken and after which everything is compared."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar, Final, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from harness.explore.action import Action
from harness.explore.choice import Proposal
from harness.explore.proposals import OTHERS, REQUESTS, TOKENS, otherwise
from harness.explore.walk import Difference, Walk
from harness.explore.world_proposals import CONFIGURATIONS, KMS, LIVES

PICKS: Final = 128
SIGNING_GAP: Final = 4
"""ES384 costs as much as a whole step: webhooks are made in every fourth step at the most."""

ORIGINS: Final = (
    ("start",),
    ("start", "submit r1", "keys k2,k1", "restart", "submit r2", "webhook n1 r2"),
    ("provider AWS", "start"),
    ("start", "submit r1", "webhook n1 r1", "cut-over x"),
)


def _choices(proposals: Sequence[Proposal]) -> st.SearchStrategy[int]:
    """One number for both, which of the proposals and what it picks: each number drawn costs time.

    It is made of two bytes, which are as likely as one another; Hypothesis draws small integers far more often than
    large ones (6.170), so that the last proposals of a family were hardly ever made.
    """
    return st.binary(min_size=2, max_size=2).map(lambda drawn: int.from_bytes(drawn, "big") % (len(proposals) * PICKS))


class Disagreement(Exception):
    """Sombra is not what the reference model says: the actions that show it, and the differences."""

    def __init__(self, trace: tuple[Action, ...], differences: tuple[Difference, ...]) -> None:
        super().__init__("; ".join(map(str, differences)))
        self.trace, self.differences = trace, differences


class Watcher(Protocol):
    """Who opens worlds for a machine and hears of every step."""

    def begin(self) -> Walk:
        """A walk in a fresh world."""
        ...

    def stepped(self, walk: Walk) -> None:
        """A step was taken and compared without a difference."""
        ...

    def differed(self, found: Disagreement) -> None:
        """A difference was found; Hypothesis will shrink it."""
        ...

    def end(self, walk: Walk, *, is_whole: bool) -> None:
        """A walk is over; `is_whole` when nothing cut it short."""
        ...


class Exploration(RuleBasedStateMachine):
    """One world; its rules are the table of proposals."""

    watcher: ClassVar[Watcher]

    def __init__(self) -> None:
        super().__init__()
        self.walk = self.watcher.begin()
        self._signed_at = -SIGNING_GAP

    @initialize(number=st.integers(0, len(ORIGINS) - 1))
    def sombra_of_today(self, number: int) -> None:
        """Where the walk begins: as before every migration, rotated, born under AWS, or just cut over."""
        for line in ORIGINS[number]:
            self._take(Action.parse(line))

    @rule(choice=_choices(REQUESTS))
    def request(self, choice: int) -> None:
        """A step in the life of a request: its own next one, another, or none that it may take."""
        self._propose(REQUESTS, choice)

    @rule(choice=_choices(TOKENS))
    def token(self, choice: int) -> None:
        """A nonce, a webhook token, a file, a download key: made or used."""
        self._propose(TOKENS, choice)

    @rule(choice=_choices(OTHERS))
    def other(self, choice: int) -> None:
        """A session, a consent identifier, an integration; an intruder, a damaged file."""
        self._propose(OTHERS, choice)

    @rule(choice=_choices(CONFIGURATIONS))
    def configuration(self, choice: int) -> None:
        """The operator edits the environment; nothing may change before the next start."""
        self._propose(CONFIGURATIONS, choice)

    @rule(choice=_choices(LIVES))
    def life(self, choice: int) -> None:
        """A gateway is started, stopped, killed, refused; cut over, rolled back, rolled forward."""
        self._propose(LIVES, choice)

    @rule(choice=_choices(KMS))
    def kms(self, choice: int) -> None:
        """A permission, the credentials, the KMS itself or one of its keys is lost, or comes back."""
        self._propose(KMS, choice)

    def _propose(self, proposals: Sequence[Proposal], choice: int) -> None:
        """Take the proposed action, or what is possible instead."""
        oracle, taken = self.walk.oracle, len(self.walk.trace)
        kind, pick = divmod(choice, PICKS)
        action = proposals[kind](oracle, pick)
        if action is None or (action.verb == "webhook" and taken < self._signed_at + SIGNING_GAP):
            action = otherwise(oracle, pick)
        if action.verb == "webhook":
            self._signed_at = taken
        self._take(action)

    def teardown(self) -> None:
        """A last look at everything, unless the walk was cut short."""
        is_whole = sys.exc_info()[0] is None
        try:
            if is_whole:
                self._demand(self.walk.compare_at_the_end())
        finally:
            self.watcher.end(self.walk, is_whole=is_whole)

    def _take(self, action: Action) -> None:
        self._demand(self.walk.act(action) or self.walk.compare())
        self.watcher.stepped(self.walk)

    def _demand(self, differences: list[Difference]) -> None:
        if differences:
            found = Disagreement(tuple(self.walk.trace), tuple(differences))
            self.watcher.differed(found)
            raise found
