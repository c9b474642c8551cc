"""From which steps there is no way back, and what each one costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.key_facts import REMEMBERED
from harness.plan.configuration import Configuration
from harness.plan.survival import RESTORED, Survival


@dataclass(frozen=True, slots=True)
class PointOfNoReturn:
    """One of them: what does it, and what is lost then."""

    id: str
    claim: str
    what: str
    lost: str


def points_of_no_return(configuration: Configuration, survival: Survival) -> tuple[PointOfNoReturn, ...]:
    """In the order in which a cutover meets them."""
    names = {name: fingerprint for fingerprint, name in configuration.key_names().items()}
    old = f" ({names['old']})" if "old" in names else ""
    back = _lost(survival, "after", "after-rollback")
    restored = _lost(survival, "rollback", RESTORED)
    return (
        PointOfNoReturn("cancel", "G-07", "Cancelling requests in the drain", "The requests themselves."),
        PointOfNoReturn(
            "first-write", "G-24", "The first request under AWS KMS", f"What a rollback cannot open again: {back}."
        ),
        PointOfNoReturn(
            "old-key", "D-02", f"Deleting the old JWT key{old}", "The rollback: Local KMS derives its root from it."
        ),
        PointOfNoReturn(
            "old-environment",
            "D-04",
            "Restoring the environment of before, after a rollback wrote with the new key",
            f"What was made since that rollback: {restored}.",
        ),
        PointOfNoReturn(
            "kms-key", "D-08", "Deleting the KMS key, as Terraform does when it goes back to local", "All of A(x)."
        ),
        *_places(configuration, len(names)),
    )


def _lost(survival: Survival, made: str, moment: str) -> str:
    if survival.undecided:
        return "cannot be told from these files"
    return _words(fate.artifact for fate in survival.fates
                  if fate.made == made and fate.moment == moment and not fate.readable)  # fmt: skip


def _words(kinds: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(kinds)) or "nothing"


def _places(configuration: Configuration, known: int) -> Iterator[PointOfNoReturn]:
    if known >= REMEMBERED:
        what = f"The next new JWT key: all {REMEMBERED} places are taken by this migration's keys"
        yield PointOfNoReturn("fifth-key", "D-05", what, "All that still hangs on the first of them.")
