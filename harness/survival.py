"""The survival table: how many artifacts of each class and era were readable at each moment, and how many must be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from harness.history import TRUNK, History
from harness.model import CLASSES, Boot, fold, judged_probes
from harness.run import SurvivalRow

MOMENTS = ("before-cutover", "stopped", "after-cutover", "after-rollback")


_PAST = ("old", "older")  # and older-2, older-3, as deep as the list goes


@dataclass(slots=True)
class _Row:
    count: int = 0
    readable: int = 0
    expected: int = 0
    causes: Counter[str] = field(default_factory=Counter)


def names_of_keys(history: History) -> dict[str, str]:
    """Fingerprints and ARNs by the names a reader uses: `old`, `older` …, `new`, and `x` for the KMS key."""
    names: dict[str, str] = {}
    boots: list[Boot] = []
    for _, state in fold(history):
        boots.extend(boot for boot in state.live.values() if boot.keys and boot not in boots)
    if not boots:
        return names
    todays = [event["keys"] for event in history.of("booted", world=TRUNK, environment="before", accepted=True)]
    for place, key in enumerate(dict.fromkeys(todays[-1] if todays else boots[0].keys[:1])):
        names[key] = _PAST[place] if place < len(_PAST) else f"{_PAST[-1]}-{place}"
    for boot in boots[1:]:
        fresh = boot.keys[0]
        if fresh not in names:
            names[fresh] = "new" if "new" not in names.values() else f"new-{len(names)}"
    for boot in boots:
        if boot.kms_key is not None and boot.kms_key not in names:
            names[boot.kms_key] = "x" if "x" not in names.values() else f"y-{len(names)}"
    return names


def survival(history: History, *, world: str = TRUNK) -> tuple[SurvivalRow, ...]:
    """One row for each class, era and moment with at least one artifact, in the guide's order."""
    names = names_of_keys(history)
    rows: dict[tuple[str, str, str], _Row] = {}
    for event, era, expectation in judged_probes(history):
        if event.world != world:
            continue
        signer = names.get(era.signer or "", era.signer or "")
        label = f"{era.family}({names.get(era.wrapped_by, era.wrapped_by)})" if era.wrap else f"s={signer}"
        row = rows.setdefault((event["class"], label, event["moment"]), _Row())
        row.count += 1
        row.readable += bool(event["readable"])
        row.expected += expectation.readable
        if not event["readable"]:
            row.causes[event["cause"]] += 1
    order = sorted(rows, key=lambda key: (MOMENTS.index(key[2]), CLASSES.index(key[0]), key[1] != "L(old)", key[1]))
    return tuple(
        SurvivalRow(kind, era, moment, row.count, row.readable, row.expected, dict(row.causes))
        for kind, era, moment in order
        for row in (rows[kind, era, moment],)
    )
