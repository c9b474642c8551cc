"""Findings an operator has accepted, each with a reason and a day on which that ends; TOML or JSON."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from harness.doctor.inputs import UNUSABLE
from harness.doctor.reading import FileFault, Place, json_tree, read
from harness.doctor.reading.file import MIB
from harness.doctor.selection import near
from harness.doctor.table import BY_ID
from harness.report.fingerprint import fingerprint, same_path
from harness.run import Finding

_LIMIT = MIB
_FIELDS = frozenset({"rule", "file", "fingerprint", "reason", "expires"})
_SHAPE = "write [[accepted]] entries with rule, file, reason and expires"
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*accepted[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One entry: the findings of a rule in a file, or the one with a fingerprint."""

    place: Place
    rule: str
    file: str
    fingerprint: str = ""
    reason: str = ""
    expires: date | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether it speaks of this finding; lines may have moved."""
        same = finding.id == self.rule and same_path(finding.file) == same_path(self.file)
        return same and self.fingerprint in {"", fingerprint(finding)}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that does not count, and why."""

    finding: Finding
    reason: str
    expires: date


def read_baseline(path: str) -> tuple[Acceptance, ...]:
    """Every entry of the file; raises `FileFault`."""
    text = read(path, limit=_LIMIT, what="baseline file")
    if text.lstrip().startswith("{"):
        entries = json_tree(text, path=path).at("accepted")
        listed = list(entries.elements()) if entries is not None else []
        raw = [(each.place, each.plain()) for each in listed]
    else:
        raw = _from_toml(text, path)
    if not raw and text.strip():
        raise FileFault(Place(path), "holds no accepted findings", _SHAPE)
    return tuple(_acceptance(place, entry) for place, entry in raw)


def settle(
    findings: Iterable[Finding], baseline: Iterable[Acceptance], *, today: date
) -> tuple[list[Finding], list[Accepted]]:
    """What still counts, with what is wrong with the baseline itself, and what is accepted."""
    entries = tuple(baseline)
    valid = [entry for entry in entries if not _problem(entry, today)]
    counting: list[Finding] = []
    accepted: list[Accepted] = []
    met: set[Acceptance] = set()
    for finding in findings:
        met.update(entry for entry in entries if entry.covers(finding))
        entry = next((each for each in valid if each.covers(finding)), None)
        if entry is None or entry.expires is None:
            counting.append(finding)
        else:
            accepted.append(Accepted(finding, entry.reason, entry.expires))
    told = (_problem(entry, today) or (None if entry in met else _unmatched(entry)) for entry in entries)
    return [*counting, *(each for each in told if each is not None)], accepted


def _problem(entry: Acceptance, today: date) -> Finding | None:
    if not entry.reason.strip() or entry.expires is None:
        lacks = "reason" if not entry.reason.strip() else "expiry"
        message = f"The acceptance of {entry.rule} lacks its {lacks}, so it does not count."
        return _told(entry, "baseline-incomplete", message, "Write why it is accepted and until which day.")
    if entry.expires < today:
        message = f"The acceptance of {entry.rule} ended on {entry.expires.isoformat()}; its findings count again."
        return _told(entry, "baseline-expired", message, "Mend the finding, or decide anew and give a new day.")
    return None


def _unmatched(entry: Acceptance) -> Finding:
    why = "" if entry.rule in BY_ID else f": no rule has this id; {near(entry.rule)}"
    message = f"The acceptance of {entry.rule!r} matches no finding{why.rstrip('?')}."
    return _told(entry, "baseline-unmatched", message, "Remove the entry, or correct its rule and file.")


def _told(entry: Acceptance, identity: str, message: str, action: str) -> Finding:
    at = entry.place
    return Finding(identity, BY_ID[identity].level, UNUSABLE, at.file, at.line, message, action, at.column)


def _from_toml(text: str, path: str) -> list[tuple[Place, object]]:
    try:
        entries = tomllib.loads(text).get("accepted", [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        place = Place(path, int(found[1]), int(found[2])) if found else Place(path)
        raise FileFault(place, "neither TOML nor JSON", _SHAPE) from None
    if not isinstance(entries, list):
        raise FileFault(Place(path), "holds no list of accepted findings", _SHAPE)
    lines = [text.count("\n", 0, match.start()) + 1 for match in _HEADER.finditer(text)]
    lines += [1] * (len(entries) - len(lines))  # an inline array has no headers
    return [(Place(path, line), entry) for line, entry in zip(lines, entries, strict=False)]


def _acceptance(place: Place, entry: object) -> Acceptance:
    if not isinstance(entry, Mapping):
        raise FileFault(place, "an entry that is no table", _SHAPE)
    surplus = sorted(str(name) for name in entry.keys() - _FIELDS)
    if surplus:
        raise FileFault(place, f"an entry with the unknown field {surplus[0]!r}", _SHAPE)
    texts = {name: _text(entry, name, place) for name in ("rule", "file", "fingerprint", "reason")}
    if not texts["rule"] or not texts["file"]:
        raise FileFault(place, "an entry without a rule or a file", _SHAPE)
    return Acceptance(place, **texts, expires=_day(entry.get("expires"), place))


def _text(entry: Mapping[str, Any], name: str, place: Place) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise FileFault(place, f"an entry whose {name} is no text", _SHAPE)
    return value


def _day(value: object, place: Place) -> date | None:
    """A TOML date, or its text; a moment counts as its day."""
    made: Callable[[str], date] = date.fromisoformat
    if value is None or value == "":
        return None
    try:
        return made(str(value)[:10])
    except ValueError:
        raise FileFault(place, "an entry whose expires is no day", "write it as YYYY-MM-DD") from None
