"""What must hold in every state of the reference model, whatever the order of actions that led there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

from harness.explore.exhaustive.space import LOCAL, Configuration, Move, Space, boot_of
from harness.model import LOADED, Era

Masks = tuple[int, int]
"""Eras of which a law speaks in a configuration, and those that break it: a state breaks a law by having one."""


Part = Callable[[Configuration], Hashable]


def served(at: Configuration) -> Hashable:
    """The live gateway and the KMS: all that decides who can open what now."""
    return at[2:7]


def returned(at: Configuration) -> Hashable:
    """The listed and held keys and the KMS: all that decides a rollback."""
    return at.keys, at.held & 1, at[4:7]


@dataclass(frozen=True, slots=True)
class Law:
    """A law of states: `judge` says for a configuration which eras it speaks of and which break it.

    It must depend on `part` of the configuration alone, for each part is judged once.
    """

    id: str
    text: str
    judge: Callable[[Space, Configuration], Masks]
    part: Part = served


@dataclass(frozen=True, slots=True)
class MoveLaw:
    """A law of actions: `judge` says which eras it speaks of, and of those which break it.

    It must depend on the action, on what it adds and keeps, and on what is `served` before and after.
    """

    id: str
    text: str
    judge: Callable[[Space, Configuration, Move], Masks]


def _stopped(space: Space, at: Configuration) -> Masks:
    if at.boot is not None:
        return 0, 0
    return space.everything, space.readable(None, at)


def _one_provider(space: Space, at: Configuration) -> Masks:
    if at.boot is None:
        return 0, 0
    letter = "A" if at.live_provider == LOCAL else "L"
    foreign = space.mask(lambda kind, era: era.wrap is not None and era.wrap[0] == letter)
    return foreign, foreign & space.readable(at.boot, at)


def _only_listed(space: Space, at: Configuration) -> Masks:
    boot = at.boot
    if boot is None:
        return 0, 0
    strange = space.mask(lambda kind, era: era.signer not in boot.loaded)
    return strange, strange & space.readable(boot, at)


def _rollback_restores(space: Space, at: Configuration) -> Masks:
    """The old key goes back to the second place if it is not among those that are loaded."""
    if not at.held & 1:
        return 0, 0
    rest = tuple(key for key in at.keys if key != 0)
    keys = at.keys if 0 in at.keys[:LOADED] else (*rest[:1], 0, *rest[1:])
    old = space.mask(lambda kind, era: era.wrap == "L(k1)")
    return old, old & ~space.readable(boot_of(LOCAL, keys), at)


def _provider_alone(space: Space, at: Configuration) -> Masks:
    boot = boot_of(LOCAL, at.keys)
    kept = space.mask(lambda kind, era: era.wrap is not None and era.wrap[2:-1] in boot.loaded and era.wrap[0] == "L")
    return kept, kept & ~space.readable(boot, at)


def _kms_takes_away(space: Space, at: Configuration) -> Masks:
    readable = space.readable(at.boot, at)
    return readable, readable & ~space.readable(at.boot, at, healthy=True)


def _local_needs_no_kms(space: Space, at: Configuration) -> Masks:
    if at.boot is None or at.live_provider != LOCAL:
        return 0, 0
    return space.everything, space.readable(at.boot, at) ^ space.readable(at.boot, at, healthy=True)


def _own_work(space: Space, at: Configuration) -> Masks:
    boot = at.boot
    if boot is None:
        return 0, 0
    own = space.mask(lambda kind, era: era == space.semantics.era_of(kind, boot))
    return own, own & ~space.readable(boot, at, healthy=True)


def _four_sets(space: Space, at: Configuration) -> Masks:
    """As many signers as are remembered, and not one more."""
    if at.boot is None:
        return 0, 0
    readable = space.readable(at.boot, at)
    signers = {era.signer for place, (_, era) in enumerate(space.eras) if readable >> place & 1}
    return readable, readable if len(signers) > LOADED else 0


def _refused_for_a_reason(space: Space, at: Configuration) -> Masks:
    causes = space.causes(at.boot, at)
    refused = space.everything & ~space.readable(at.boot, at)
    return refused, sum(1 << place for place, cause in enumerate(causes) if cause == "none")


def _named_rightly(space: Space, at: Configuration) -> Masks:
    """`wrong_provider` is said of the other provider's keys alone."""
    letter = "A" if at.live_provider == LOCAL else "L"
    causes = space.causes(at.boot, at)
    named = sum(1 << place for place, cause in enumerate(causes) if cause == "wrong_provider")
    return named, named & space.mask(lambda kind, era: era.wrap is None or era.wrap[0] != letter)


def _stored_stays(space: Space, at: Configuration, move: Move) -> Masks:
    if move.action.startswith("make "):
        return 0, 0
    lost = space.everything & ~move.keeps
    return space.everything, lost | (space.always if move.adds else 0)


def _made_is_added(space: Space, at: Configuration, move: Move) -> Masks:
    if not move.action.startswith("make "):
        return 0, 0
    return space.everything, space.everything & ~move.keeps


def _until_the_start(space: Space, at: Configuration, move: Move) -> Masks:
    if not move.action.startswith(("k", "drop", "last", "provider", "destroy")):
        return 0, 0
    before, after = space.readable(at.boot, at), space.readable(move.target.boot, move.target)
    return space.everything, before ^ after


def _listed_again(space: Space, at: Configuration, move: Move) -> Masks:
    """What comes to be readable by a start was signed by a key that is listed now."""
    fresh = space.readable(move.target.boot, move.target) & ~space.readable(at.boot, at)
    boot = move.target.boot
    listed: Callable[[str, Era], bool] = lambda kind, era: boot is not None and era.signer in boot.loaded  # noqa: E731
    return fresh, fresh & ~space.mask(listed)


LAWS: Final = (
    Law("stopped", "while no gateway lives, nothing is readable", _stopped),
    Law("one-provider", "no state reads a key that the other provider wrapped", _one_provider),
    Law("only-listed", "nothing is readable whose signer is not among the first four of the live list", _only_listed),
    Law(
        "rollback",
        "from any state in which the old key is still held, the rollback makes every L(old) readable",
        _rollback_restores,
        returned,
    ),
    Law(
        "provider-alone",
        "the rollback that reverts KMS_PROVIDER alone makes every Local wrap of a listed key readable",
        _provider_alone,
        returned,
    ),
    Law("kms-takes-away", "no trouble of the KMS makes anything readable", _kms_takes_away),
    Law("local-needs-no-kms", "under Local, the KMS decides nothing", _local_needs_no_kms),
    Law("own-work", "a gateway reads what it makes, while the KMS is well", _own_work),
    Law("four-sets", "at no moment are more than four key sets in use", _four_sets),
    Law("reasons", "every refusal names a cause", _refused_for_a_reason),
    Law("wrong-provider", "wrong_provider is said of the other provider's keys and of nothing else", _named_rightly),
)

MOVE_LAWS: Final = (
    MoveLaw("stored-stays", "a cutover, a rollback, an edit or a fault never changes what is stored", _stored_stays),
    MoveLaw("only-added", "new work adds and takes nothing away", _made_is_added),
    MoveLaw("until-the-start", "an edited environment changes nothing before the next start", _until_the_start),
    MoveLaw("listed-again", "a dropped key never becomes readable without being listed again", _listed_again),
)
