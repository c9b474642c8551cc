"""Which variables every start needs, and which may not differ between the files of one migration."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from harness.doctor.rule import Boot, Cutover, CutoverRule, FileRule, Rule, Sighting
from harness.environment import SIGNING_KEYS, shown_name

_ORGANIZATION, _HASH, _INTERNAL = "ORGANIZATION_URI", "INTERNAL_KEY_HASH", "INTERNAL_KEY"
_CONSENT = "CONSENT_IDENTIFIER_ENCRYPTION_KEY"
_HAVE_THEIR_OWN_RULE = frozenset({SIGNING_KEYS, "KMS_PROVIDER", _HASH, _CONSENT})


def _organization_missing(boot: Boot) -> Iterator[Sighting]:
    if not boot.value(_ORGANIZATION).strip():
        message = f"{_ORGANIZATION} is unset or empty; Sombra needs it."
        yield Sighting(boot, _ORGANIZATION, message, "Set it to the organization's slug.")


def _hash_missing(boot: Boot) -> Iterator[Sighting]:
    if not boot.value(_HASH).strip():
        message = f"{_HASH} is unset or empty; Sombra needs it."
        yield Sighting(boot, _HASH, message, "Set it to the base64 of SHA-256 of the internal key.")


def _hash_malformed(boot: Boot) -> Iterator[Sighting]:
    if not boot.value(_HASH).strip():
        return
    for place, item in enumerate(boot.value(_HASH).split(","), start=1):
        if not _is_hash(item):
            message = f"{_HASH} item {place} is not the base64 of a SHA-256 digest (44 characters)."
            action = "Hash the internal key again: `openssl dgst -binary -sha256 | openssl base64`."
            yield Sighting(boot, _HASH, message, action)


def _is_hash(item: str) -> bool:
    try:
        decoded = base64.b64decode(item, validate=True)
    except ValueError:
        return False
    return len(decoded) == hashlib.sha256().digest_size and base64.b64encode(decoded).decode() == item


def _key_without_hash(boot: Boot) -> Iterator[Sighting]:
    if not boot.value(_INTERNAL) or not boot.value(_HASH).strip():
        return
    try:
        raw = base64.b64decode(boot.value(_INTERNAL), validate=True)
    except ValueError:
        raw = b""
    if base64.b64encode(hashlib.sha256(raw).digest()).decode() not in boot.value(_HASH).split(","):
        message = f"{_INTERNAL} of this file matches none of {_HASH}; its callers are refused."
        yield Sighting(boot, _INTERNAL, message, "Make the two agree.")


def _hash_dropped(cutover: Cutover) -> Iterator[Sighting]:
    old = set(cutover.before.value(_HASH).split(","))
    for boot in _others(cutover):
        if boot.value(_HASH).strip() and not old <= set(boot.value(_HASH).split(",")):
            message = (
                f"{_HASH} lacks a hash that {cutover.before.source.path} accepts; callers with that key are refused."
            )
            yield Sighting(boot, _HASH, message, "Keep the old hash in the list until every caller has the new key.")


def _consent_changed(cutover: Cutover) -> Iterator[Sighting]:
    for boot in _others(cutover):
        if boot.value(_CONSENT) != cutover.before.value(_CONSENT):
            message = f"{_CONSENT} differs from {cutover.before.source.path}; preference look-ups miss what was stored."
            yield Sighting(boot, _CONSENT, message, "Keep it as it is through the migration.")


def _dropped(cutover: Cutover) -> Iterator[Sighting]:
    for boot in _others(cutover):
        for name in sorted(_compared(cutover.before) - boot.source.variables.keys()):
            message = f"{shown_name(name)} stands in {cutover.before.source.path} but not here."
            yield Sighting(boot, name, message, "Carry it over, or write down why it goes.")


def _changed(cutover: Cutover) -> Iterator[Sighting]:
    before = cutover.before
    for boot in _others(cutover):
        for name in sorted(_compared(before) & _compared(boot)):
            if before.value(name) != boot.value(name):
                message = f"{shown_name(name)} differs from {before.source.path}; the migration does not ask for it."
                yield Sighting(boot, name, message, "Make this change before or after the window, not in it.")


def _added(cutover: Cutover) -> Iterator[Sighting]:
    for boot in _others(cutover):
        for name in sorted(_compared(boot) - cutover.before.source.variables.keys()):
            message = f"{shown_name(name)} is new against {cutover.before.source.path}."
            yield Sighting(boot, name, message, "Check that the migration needs it.")


def _others(cutover: Cutover) -> tuple[Boot, ...]:
    return (cutover.after,) if cutover.rollback_is_default else (cutover.after, cutover.rollback)


def _compared(boot: Boot) -> set[str]:
    """The names that the migration itself leaves alone."""
    return {name for name in boot.source.variables if not name.startswith("AWS_")} - _HAVE_THEIR_OWN_RULE


FILE_RULES: tuple[FileRule, ...] = (
    Rule(
        "organization-missing",
        "error",
        "G-19",
        "no organization is named",
        _organization_missing,
        refuses=True,
        modes=("F28",),
    ),
    Rule(
        "internal-key-hash-missing",
        "error",
        "G-19",
        "no internal key hash is given",
        _hash_missing,
        refuses=True,
        modes=("F28",),
    ),
    Rule("internal-key-hash-form", "error", "G-16", "a hash is not base64 of SHA-256", _hash_malformed, refuses=True),
    Rule("internal-key-mismatch", "warning", "G-16", "the internal key fits no hash", _key_without_hash),
)

CUTOVER_RULES: tuple[CutoverRule, ...] = (
    Rule("internal-key-hash-dropped", "warning", "G-16", "an accepted hash disappears", _hash_dropped),
    Rule("consent-key-changed", "warning", "D-12", "the consent key differs", _consent_changed, modes=("F42",)),
    Rule("variable-dropped", "warning", "G-19", "a variable of before is gone", _dropped, modes=("F28",)),
    Rule(
        "variable-changed", "warning", "G-19", "a variable differs beyond the migration's own", _changed, modes=("F30",)
    ),
    Rule("variable-added", "note", "G-19", "a variable is new", _added, modes=("F30",)),
)
