"""Which variables the migration changes: shown values, key fingerprints, and of secrets only whether they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.doctor.effective import NotInTheFiles, Source
from harness.doctor.rule import Part
from harness.environment import SIGNING_KEYS, Environment, facts, is_shown, shown_name
from harness.key_facts import key_entries
from harness.plan.configuration import PARTS, Configuration

_UNSET, _ELSEWHERE = "–", "(not in the files)"
_LETTERS = "ABC"


@dataclass(frozen=True, slots=True)
class Change:
    """One variable in the three environments, and where each sets it."""

    name: str
    told: Mapping[Part, str]
    places: Mapping[Part, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes, and how many variables stay as they are."""

    changes: tuple[Change, ...]
    unchanged: int


def difference(configuration: Configuration) -> Difference:
    """Every variable that is not the same in all three environments."""
    names = sorted({name for source in configuration.sources.values() for name in source.variables})
    changed = [name for name in names if len({_raw(each, name) for each in configuration.sources.values()}) > 1]
    changes = tuple(_change(configuration, name) for name in changed)
    return Difference(changes, len(names) - len(changes))


def _change(configuration: Configuration, name: str) -> Change:
    sources = configuration.sources
    raw = {part: _raw(sources[part], name) for part in PARTS}
    told = {part: _told(configuration, name, raw, part) for part in PARTS}
    places = {part: str(sources[part].place(name)) for part in PARTS if name in sources[part].variables}
    return Change(shown_name(name), told, places)


def _raw(source: Source, name: str) -> str | None:
    """The value; None when unset, a mark of its own when it is not in the files."""
    try:
        return source.variables.get(name)
    except NotInTheFiles:
        return _ELSEWHERE


def _told(configuration: Configuration, name: str, raw: Mapping[Part, str | None], part: Part) -> str:
    value = raw[part]
    if value is None:
        return _UNSET
    if value == _ELSEWHERE:
        return value
    if name == SIGNING_KEYS:
        return _keys(value, configuration.key_names())
    if is_shown(name):
        return str(facts(Environment(part, {name: value}, ""))["shown"][name]) or "(empty)"
    different = list(dict.fromkeys(raw[each] for each in PARTS if raw[each] not in {None, _ELSEWHERE}))
    return f"secret {_LETTERS[different.index(value)]}"


def _keys(value: str, names: Mapping[str, str]) -> str:
    told = (f"{names[each.fingerprint]} {each.fingerprint}" if each.fingerprint else f"unusable: {each.fault}"
            for each in key_entries(value))  # fmt: skip
    return ", ".join(told)
