"""What Transcend's cloud holds or is sent wrongly is seen; a history from before that was looked at still passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.checks.check import Evidence
from harness.history import History
from harness.judge import table
from harness.verdict import Result, Verdict

_LOCAL, _CLOUD = "stored:local", "stored:cloud"


def _history(*, known: bool = True) -> History:
    """Two requests in each world; without `known`, as it was recorded before their sets were opened."""
    history = History()
    for world in (_LOCAL, _CLOUD):
        for number in (1, 2):
            later = {"unopened": 0, "handed_iv": 10 + number} if known else {}
            told = {"key": number, "key_size": 32, "cause": "", "ivs": [number], "sealed": 1, "in_clear": []}
            history.append(world, "stored", of=f"request/r{number}", **told, **later)
        if known:
            history.append(world, "consent-stored", of="consent_identifier/c0", in_clear=[])
            history.append(world, "arrival-scan", arrivals=9, heard=[])
        history.append(world, "fork-ended", outcome="ok", why="")
    return history


def _judged(name: str, history: History) -> Verdict:
    return table()[name].verdict(Evidence(history))


def _changed(kind: str, **change: Any) -> History:
    """The last event of a kind says something else."""
    history = _history()
    last = history.of(kind)[-1]
    history.events[history.events.index(last)] = replace(last, fields={**last.fields, **change})
    return history


@pytest.mark.parametrize("name", ["keys-are-fresh", "nothing-in-the-clear"])
@pytest.mark.parametrize("known", [True, False])
def test_good_histories_pass_also_old_ones(name: str, *, known: bool) -> None:
    assert _judged(name, _history(known=known)).result is Result.PASS


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"unopened": 1}, "identifiers of request/r2 do not open under its key in stored:cloud"),
        ({"handed_iv": 11}, "two browsers were handed a key under one IV in stored:cloud"),
        ({"key": 1}, "two requests share a key in stored:cloud"),
        ({"ivs": [2, 2]}, "an IV was used twice under one key in stored:cloud"),
        ({"key_size": 16}, "the key of request/r2 is no key of 32 bytes in stored:cloud"),
    ],
)
def test_what_is_not_fresh_is_named(change: dict[str, Any], why: str) -> None:
    verdict = _judged("keys-are-fresh", _changed("stored", **change))

    assert (verdict.result, verdict.why) == (Result.FAIL, why)


@pytest.mark.parametrize(
    ("kind", "change", "why"),
    [
        (
            "consent-stored",
            {"in_clear": ["a consent identifier"]},
            "consent_identifier/c0 in stored:cloud shows a consent identifier",
        ),
        (
            "arrival-scan",
            {"heard": ["the internal key"]},
            "Transcend's cloud was sent the internal key in stored:cloud",
        ),
    ],
)
def test_what_shows_and_what_was_sent_is_named(kind: str, change: dict[str, Any], why: str) -> None:
    verdict = _judged("nothing-in-the-clear", _changed(kind, **change))

    assert (verdict.result, verdict.why) == (Result.FAIL, why)
