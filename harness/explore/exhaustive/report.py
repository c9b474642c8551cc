"""What the exhaustive search tells: states, depth, laws, and the way to the first state that breaks one."""

from __future__ import annotations

from typing import Any, Final

from harness.explore.exhaustive.laws import LAWS, MOVE_LAWS
from harness.explore.exhaustive.search import Searched
from harness.verdict import Outcome

SCHEMA: Final = "sombra-rehearsal/exhaustive/1"


def verdict_of(searched: Searched) -> tuple[Outcome, str]:
    """A broken law is a no-go; a law that had nothing to speak of was not checked."""
    if searched.broken is not None:
        return Outcome.NO_GO, f"{searched.broken.text}: broken by {searched.broken.what}"
    silent = [law for law, states in searched.spoke.items() if not states]
    if silent or not searched.spoke:
        return Outcome.INCONCLUSIVE, f"no state in reach speaks of {', '.join(silent) or 'any law'}; search deeper"
    return Outcome.GO, f"{len(searched.spoke)} laws hold in {searched.states:,} states"


def as_text(searched: Searched) -> str:
    """For a person."""
    outcome, reason = verdict_of(searched)
    size = f"{searched.states:,} states of the reference model, {searched.configurations:,} configurations"
    lines = [
        f"{outcome.upper()}: {reason}",
        f"{size}, every one within {searched.depth} actions; {searched.keys} signing keys, 2 KMS keys",
        f"{searched.seconds:.1f} s, {searched.rate:,.0f} states/s",
        *(f"   {searched.spoke.get(law.id, 0):>11,} states  {law.text}" for law in (*LAWS, *MOVE_LAWS)),
    ]
    if searched.broken is not None:
        lines += ["The shortest way to it:", *(f"   {action}" for action in searched.broken.actions)]
    return "\n".join(lines) + "\n"


def as_json(searched: Searched) -> dict[str, Any]:
    """For a program."""
    outcome, reason = verdict_of(searched)
    broken = searched.broken
    return {
        "schema": SCHEMA,
        "verdict": str(outcome),
        "reason": reason,
        "depth": searched.depth,
        "signing_keys": searched.keys,
        "counts": {"states": searched.states, "configurations": searched.configurations, "levels": searched.levels},
        "seconds": round(searched.seconds, 3),
        "states_per_second": round(searched.rate),
        "laws": [
            {"id": law.id, "text": law.text, "states": searched.spoke.get(law.id, 0)} for law in (*LAWS, *MOVE_LAWS)
        ],
        "broken": None
        if broken is None
        else {"law": broken.law, "text": broken.text, "actions": list(broken.actions), "what": broken.what},
    }
