"""The survival table of the operator's own environments, from the reference model (claims.md, "What survives what")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.doctor.effective import NotInTheFiles
from harness.doctor.rule import Part
from harness.model import CLASSES, Boot, Era, KmsState, era_of, expect
from harness.plan.configuration import PARTS, Configuration

MOMENTS = ("before-cutover", "stopped", "after-cutover", "after-rollback")
RESTORED = "old-environment-restored"
"""No step of the guide: the rollback that takes the environment of before back (D-04)."""

EXISTS_FROM: Mapping[Part, str] = {"before": "before-cutover", "after": "after-cutover", "rollback": "after-rollback"}


@dataclass(frozen=True, slots=True)
class Fate:
    """Whether artifacts of a class and era can be opened at a moment; `count` when an inventory is given."""

    artifact: str
    era: str
    made: Part
    moment: str
    readable: bool
    cause: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Survival:
    """Every fate, or why they cannot be told."""

    fates: tuple[Fate, ...] = ()
    undecided: str = ""


def survival(configuration: Configuration, inventory: Mapping[str, int]) -> Survival:
    """One fate for each class, era and moment at which the artifact exists."""
    try:
        boots = {part: configuration.boot(part) for part in PARTS}
    except NotInTheFiles as missing:
        return Survival(undecided=f"{missing}; give the file that holds it")
    refused = [part for part, boot in boots.items() if boot is None]
    if refused:
        return Survival(undecided=f"Sombra does not start with the environment {refused[0]}; run `doctor` first")
    started = {part: boot for part, boot in boots.items() if boot is not None}
    return Survival(tuple(_fates(started, _names(configuration, started), inventory)))


def _fates(boots: Mapping[Part, Boot], names: Mapping[str, str], inventory: Mapping[str, int]) -> Iterator[Fate]:
    at: dict[str, Boot | None] = {
        "before-cutover": boots["before"],
        "stopped": None,
        "after-cutover": boots["after"],
        "after-rollback": boots["rollback"],
        RESTORED: boots["before"],
    }
    order = list(at)
    for made in PARTS:
        for kind in CLASSES:
            era = era_of(kind, boots[made])
            count = inventory.get(kind) if made == "before" else None
            for moment in order[order.index(EXISTS_FROM[made]) :]:
                seen = expect(kind, era, at[moment], KmsState())
                yield Fate(kind, _label(era, names), made, moment, seen.readable, seen.cause, count)


def _label(era: Era, names: Mapping[str, str]) -> str:
    signer = names.get(era.signer or "", "own consent key")
    return f"{era.family}({names[era.wrapped_by]})" if era.wrap else f"s={signer}"


def _names(configuration: Configuration, boots: Mapping[Part, Boot]) -> dict[str, str]:
    names = configuration.key_names()
    arns = dict.fromkeys(boots[part].kms_key for part in ("after", "before", "rollback"))
    letters = iter("xyz")
    return {**names, **{arn: next(letters) for arn in arns if arn is not None}}
