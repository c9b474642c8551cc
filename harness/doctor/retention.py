"""Which key must stand where in which file: the new one first, the old one kept, none lost on the way back."""

from __future__ import annotations

from collections.abc import Iterator

from harness.doctor.rule import Boot, Cutover, CutoverRule, Rule, Sighting
from harness.environment import SIGNING_KEYS
from harness.key_facts import REMEMBERED

_PUT = f"Set {SIGNING_KEYS}=<new-key>,<old-key>, the new key first."
_KEEP_BOTH = f"Roll back with the {SIGNING_KEYS} of the cutover, both keys in it."


def _old(cutover: Cutover) -> str | None:
    return next(iter(cutover.before.fingerprints), None)


def _new(cutover: Cutover) -> str | None:
    first = next(iter(cutover.after.fingerprints), None)
    return None if first in cutover.before.fingerprints else first


def _lost(boot: Boot, key: str | None) -> bool:
    """The key stands nowhere in a list that is there to be judged."""
    return key is not None and bool(boot.keys) and key not in boot.fingerprints


def _old_dropped(cutover: Cutover) -> Iterator[Sighting]:
    after = cutover.after
    if _lost(after, _old(cutover)):
        message = (
            f"The old key ({_old(cutover)}, first in {cutover.before.source.path}) is not among the usable entries"
            " here: what it signed stops verifying, and the rollback loses every Local request for ever (D-02)."
        )
        yield Sighting(after, SIGNING_KEYS, message, "Put the old key back, second.")


def _no_new_key(cutover: Cutover) -> Iterator[Sighting]:
    after = cutover.after
    known = set(cutover.before.fingerprints)
    first = next(iter(after.fingerprints), None)
    if first is None or first not in known:
        return
    if first == _old(cutover) and set(after.fingerprints) - known - {None}:
        return  # the new key is there, behind the old one: order-swapped says so
    message = f"The first key ({first}) is one that {cutover.before.source.path} holds already; no new key signs."
    yield Sighting(after, SIGNING_KEYS, message, "Generate a new key and put it first.")


def _order_swapped(cutover: Cutover) -> Iterator[Sighting]:
    after, old = cutover.after, _old(cutover)
    later = set(after.fingerprints[1:]) - set(cutover.before.fingerprints) - {None}
    if old is not None and after.fingerprints[:1] == (old,) and later:
        message = f"The old key ({old}) still stands first, so it goes on signing; the new one is behind it."
        yield Sighting(after, SIGNING_KEYS, message, _PUT)


def _old_not_second(cutover: Cutover) -> Iterator[Sighting]:
    after, old = cutover.after, _old(cutover)
    if old is not None and old in after.loaded[2:] and old not in after.loaded[:2]:
        place = after.loaded.index(old) + 1
        message = f"The old key ({old}) stands at place {place}, not second behind the new one."
        yield Sighting(after, SIGNING_KEYS, message, _PUT)


def _old_forgotten(cutover: Cutover) -> Iterator[Sighting]:
    for boot in _boots(cutover):
        old = _old(cutover)
        if old is not None and old not in boot.loaded and old in boot.fingerprints:
            place = boot.fingerprints.index(old) + 1
            message = f"The old key ({old}) stands at place {place}; only the first {REMEMBERED} are loaded."
            yield Sighting(boot, SIGNING_KEYS, message, _PUT)


def _older_dropped(cutover: Cutover) -> Iterator[Sighting]:
    for boot in _boots(cutover):
        lost = _older_lost(cutover, boot)
        for key in lost[:-1] if _has_four(cutover) else lost:
            message = f"An older key ({key}) that {cutover.before.source.path} still loads is not loaded here."
            action = "Keep it behind the old key: there is a place for it."
            yield Sighting(boot, SIGNING_KEYS, message, action)


def _fifth_key(cutover: Cutover) -> Iterator[Sighting]:
    for boot in _boots(cutover):
        for key in _older_lost(cutover, boot)[-1:] if _has_four(cutover) else ():
            message = (
                f"{cutover.before.source.path} loads {REMEMBERED} keys already; the new one makes key {key} forgotten,"
                " and what it wrapped or signed is lost."
            )
            yield Sighting(boot, SIGNING_KEYS, message, "Complete or archive what still hangs on that key first.")


def _has_four(cutover: Cutover) -> bool:
    """One key more than four places can hold: losing one is the price of the migration (D-05)."""
    return len(set(cutover.before.loaded)) == REMEMBERED


def _older_lost(cutover: Cutover, boot: Boot) -> list[str]:
    """The keys behind the old one that before loads and this boot does not, newest first."""
    older = dict.fromkeys(key for key in cutover.before.loaded[1:] if key is not None)
    return [key for key in older if boot.keys and key != _old(cutover) and key not in boot.loaded]


def _boots(cutover: Cutover) -> tuple[Boot, ...]:
    return (cutover.after,) if cutover.rollback_is_default else (cutover.after, cutover.rollback)


def _rollback_without_old(cutover: Cutover) -> Iterator[Sighting]:
    rollback = cutover.rollback
    if _lost(rollback, _old(cutover)):
        message = (
            f"The rollback does not hold the old key ({_old(cutover)}), from which Local KMS derives its root:"
            " nothing from before the cutover opens again."
        )
        yield Sighting(rollback, SIGNING_KEYS, message, _KEEP_BOTH)


def _rollback_without_new(cutover: Cutover) -> Iterator[Sighting]:
    rollback, new = cutover.rollback, _new(cutover)
    if new is None or not rollback.keys or new in rollback.loaded:
        return
    message = (
        f"The rollback does not load the new key ({new}): what was written under Local with it, and every token"
        " it signed, is lost; restoring the old environment is no rollback."
    )
    yield Sighting(rollback, SIGNING_KEYS, message, _KEEP_BOTH)


def _old_key_is_the_rollback(cutover: Cutover) -> Iterator[Sighting]:
    old = _old(cutover)
    if old is not None:
        message = f"This key ({old}) is the rollback: Local KMS derives its root from it."
        action = "Show that the secrets manager keeps its version, and delete it only after the point of no return."
        yield Sighting(cutover.before, SIGNING_KEYS, message, action)


RULES: tuple[CutoverRule, ...] = (
    Rule("old-key-dropped", "error", "G-11", "after does not hold the old key", _old_dropped, modes=("F02",)),
    Rule("no-new-key", "error", "G-10", "after begins with a key of before", _no_new_key, modes=("F01", "F05")),
    Rule("order-swapped", "error", "G-12", "the old key stands before the new one", _order_swapped, modes=("F05",)),
    Rule(
        "old-key-not-second", "warning", "G-12", "the old key stands third or fourth", _old_not_second, modes=("F05",)
    ),
    Rule("old-key-forgotten", "error", "G-25", "the old key stands fifth or later", _old_forgotten, modes=("F04",)),
    Rule(
        "older-key-dropped", "error", "D-05", "a loaded older key is dropped needlessly", _older_dropped, modes=("F04",)
    ),
    Rule("fifth-key-forgotten", "warning", "D-05", "before loads four keys already", _fifth_key, modes=("F04",)),
    Rule(
        "rollback-old-key-dropped", "error", "D-02", "rollback lacks the old key", _rollback_without_old, modes=("F02",)
    ),
    Rule(
        "rollback-new-key-dropped", "error", "D-04", "rollback lacks the new key", _rollback_without_new, modes=("F03",)
    ),
    Rule(
        "old-key-is-the-rollback",
        "note",
        "D-02",
        "proof is asked that the old key is kept",
        _old_key_is_the_rollback,
        modes=("F02",),
    ),
)
