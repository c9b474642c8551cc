"""What binds a result of the doctor to the environments it was made for: a digest a part, and when it is stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.doctor.effective import NotInTheFiles, Source, rolled_back
from harness.doctor.inputs import UNUSABLE
from harness.doctor.reading import FileFault, Place, json_tree, read
from harness.doctor.reading.file import MIB
from harness.doctor.rule import Part
from harness.environment import Environment, digest
from harness.run import Finding

SCHEMA = "sombra-rehearsal/doctor/1"
_LIMIT = 64 * MIB
PARTS: tuple[Part, ...] = ("before", "after", "rollback")
_ELSEWHERE = "(not in the files)"
_AGAIN = "Run `doctor --out` again with the files of this rehearsal."


def digests(sources: Mapping[Part, Source]) -> dict[str, str]:
    """A digest for each part that is known, the guide's own rollback where none is given."""
    known = dict(sources)
    if "after" in known and "rollback" not in known:
        known["rollback"] = rolled_back(known["after"])
    return {part: digest([_environment(part, known[part])]) for part in PARTS if part in known}


def stale(path: str, now: Mapping[str, str]) -> Finding | None:
    """A note when the result stored at `path` is of other environments than now; raises `FileFault`."""
    then = _stored(path)
    differing = [part for part in PARTS if then.get(part) != now.get(part)]
    if not differing:
        return None
    message = f"The stored result of the doctor is stale: it was made for another environment {_and(differing)}."
    return Finding("doctor-result-stale", "note", UNUSABLE, path, 1, message, _AGAIN)


def _stored(path: str) -> dict[str, str]:
    tree = json_tree(read(path, limit=_LIMIT, what="result that `doctor --out` stored"), path=path)
    held = tree.at("digests")
    if tree.text_at("schema") != SCHEMA or held is None:
        cause = "no result of the doctor that this version knows"
        raise FileFault(Place(path), cause, "name a file that `doctor --out` wrote")
    return {part: node.text or "" for part, node in held.items()}


def _environment(part: Part, source: Source) -> Environment:
    return Environment(part, dict(_known(source)), source.path)


def _known(source: Source) -> Iterator[tuple[str, str]]:
    for name in source.variables:
        try:
            yield name, source.variables[name]
        except NotInTheFiles:
            yield name, _ELSEWHERE


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
