"""Which provider each file must name, and how `KMS_PROVIDER` must be spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.doctor.rule import AWS, LOCAL, Boot, Cutover, CutoverRule, FileRule, Rule, Sighting

_NAME = "KMS_PROVIDER"
_EXACT = "Write `local` or `AWS`, exactly, and nothing else."


def _named(boot: Boot) -> list[str]:
    """The different words a value holds, in lower case."""
    words = re.split(r"[^a-z0-9_-]+", boot.value(_NAME).lower())
    return sorted({word for word in words if word})


def _hybrid(boot: Boot) -> Iterator[Sighting]:
    if boot.provider is None and len(_named(boot)) > 1:
        message = f"{_NAME} names more than one provider; there is no hybrid KMS."
        yield Sighting(boot, _NAME, message, "Name the one provider of this start: `local` or `AWS`.")


def _misspelled(boot: Boot) -> Iterator[Sighting]:
    if boot.provider is None and len(_named(boot)) <= 1:
        yield Sighting(boot, _NAME, f"{_NAME} {_what_is_wrong(boot.value(_NAME))}.", _EXACT)


def _what_is_wrong(value: str) -> str:
    bare = value.strip()
    if not bare:
        return "is set but empty; only an unset variable means local"
    if bare in {LOCAL, AWS}:
        return "has white space around its value"
    unquoted = bare.strip("\"'`")
    if unquoted != bare:
        return "holds quotes, which an env file keeps literally"
    if bare.lower() in {LOCAL.lower(), AWS.lower()}:
        return "is in another case than Sombra's own spelling"
    return "names a provider that Sombra does not have"


def _before_not_local(cutover: Cutover) -> Iterator[Sighting]:
    if cutover.before.provider == AWS:
        message = "The environment before the cutover already names AWS; there is no Local KMS to migrate from."
        yield Sighting(cutover.before, _NAME, message, "Give the environment Sombra runs with today as before.")


def _after_not_aws(cutover: Cutover) -> Iterator[Sighting]:
    if cutover.after.provider == LOCAL:
        message = "The environment after the cutover is still local; no request will use the cloud KMS."
        yield Sighting(cutover.after, _NAME, message, "Set KMS_PROVIDER=AWS there.")


def _rollback_not_local(cutover: Cutover) -> Iterator[Sighting]:
    if cutover.rollback.provider == AWS:
        message = "The rollback environment names AWS; it rolls nothing back."
        yield Sighting(cutover.rollback, _NAME, message, "Set KMS_PROVIDER=local there.")


def _default_rollback(cutover: Cutover) -> Iterator[Sighting]:
    if cutover.rollback_is_default:
        message = (
            "No rollback file is given, so the guide's is taken: this file with KMS_PROVIDER=local. Its AWS_*"
            " lines stay and are not read; it is no hybrid."
        )
        yield Sighting(cutover.rollback, _NAME, message, "Give --rollback if yours will differ.")


FILE_RULES: tuple[FileRule, ...] = (
    Rule("provider-hybrid", "error", "G-01", "more than one provider is named", _hybrid, refuses=True, modes=("F35",)),
    Rule(
        "provider-unknown",
        "error",
        "G-19",
        "the provider is not spelled exactly",
        _misspelled,
        refuses=True,
        modes=("F35",),
    ),
)

CUTOVER_RULES: tuple[CutoverRule, ...] = (
    Rule("before-not-local", "error", "G-02", "before does not run under Local KMS", _before_not_local, modes=("F49",)),
    Rule("after-not-aws", "error", "G-20", "after does not run under AWS KMS", _after_not_aws, modes=("F30",)),
    Rule(
        "rollback-not-local", "error", "G-23", "rollback does not run under Local", _rollback_not_local, modes=("F30",)
    ),
    Rule("default-rollback", "note", "D-01", "no rollback file is given", _default_rollback),
)
