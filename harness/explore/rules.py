"""The oracle's word on one action: whether it makes sense, how it must end, what the world is afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.explore import requests_rules, world_rules
from harness.explore.action import Action, BadAction
from harness.explore.oracle import Oracle
from harness.explore.rule import Rule
from harness.explore.situation import EDITS

RULES: Final[Mapping[str, Rule]] = MappingProxyType({**requests_rules.RULES, **world_rules.RULES})


def admit(oracle: Oracle, action: Action) -> None:
    """Raise `BadAction` for what makes no sense in this situation."""
    objection = RULES[action.verb].objection(oracle, action.words)
    if objection:
        raise BadAction(objection)


def expected(oracle: Oracle, action: Action) -> str:
    """The cause of the refusal that must be seen; empty when the action must succeed."""
    return RULES[action.verb].expected(oracle, action.words)


def follow(oracle: Oracle, action: Action) -> None:
    """Move the oracle on over an action that ended as it must."""
    cause = expected(oracle, action)
    if action.verb in world_rules.ENDING:
        oracle.ended()
    if action.verb in EDITS:
        oracle.edit(action)
    if not cause:
        RULES[action.verb].effect(oracle, action.words)
