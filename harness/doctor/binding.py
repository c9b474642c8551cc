"""What binds a result of the doctor to the environments it was made for, and what a rehearsal of them takes from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from harness.claims import CLAIMS
from harness.doctor.effective import NotInTheFiles, Source, rolled_back
from harness.doctor.inputs import UNUSABLE
from harness.doctor.reading import FileFault, Node, Place, json_tree, read
from harness.doctor.reading.file import MIB
from harness.doctor.rule import Part
from harness.environment import Environment, digest
from harness.run import Finding, Level

SCHEMA = "sombra-rehearsal/doctor/1"
_LIMIT = 64 * MIB
PARTS: tuple[Part, ...] = ("before", "after", "rollback")
_ELSEWHERE = "(not in the files)"
_MOST, _NAMED = 10_000, 6
_LEVELS: tuple[Level, ...] = ("error", "warning", "note")
_ANSWER = "Give the doctor the files that answer them, or answer them by hand before the window."
_AGAIN = "Run `doctor --out` again with the files of this rehearsal."


def digests(sources: Mapping[Part, Source]) -> dict[str, str]:
    """A digest for each part that is known, the guide's own rollback where none is given."""
    known = dict(sources)
    if "after" in known and "rollback" not in known:
        known["rollback"] = rolled_back(known["after"])
    return {part: digest([_environment(part, known[part])]) for part in PARTS if part in known}


def remarks(path: str, now: Mapping[str, str]) -> tuple[Finding, ...]:
    """What a rehearsal of the environments `now` takes from the result stored at `path`; raises `FileFault`.

    Of the same environments: its errors and warnings, which may come from files that a rehearsal is not given, and a
    warning where it left questions open. Of others: one note that it is stale, and nothing else.
    """
    tree = json_tree(read(path, limit=_LIMIT, what="result that `doctor --out` stored"), path=path)
    held = tree.at("digests")
    if tree.text_at("schema") != SCHEMA or held is None:
        raise _no_result(Place(path))
    then = {part: node.text or "" for part, node in held.items()}
    differing = [part for part in PARTS if then.get(part) != now.get(part)]
    if differing:
        message = f"The stored result of the doctor is stale: it was made for another environment {_and(differing)}."
        return (Finding("doctor-result-stale", "note", UNUSABLE, path, 1, message, _AGAIN),)
    told = (_finding(each) for each in _listed(tree, "findings"))
    return (*(each for each in told if each.level != "note"), *_open_questions(tree, path))


def _open_questions(tree: Node, path: str) -> Iterator[Finding]:
    rules = list(dict.fromkeys(_text(each, "rule") for each in _listed(tree, "unevaluated")))
    if rules:
        named = ", ".join(rules[:_NAMED]) + (", …" if len(rules) > _NAMED else "")
        message = f"The stored result of the doctor left {len(rules)} questions open: {named}."
        yield Finding("doctor-result-open", "warning", UNUSABLE, path, 1, message, _ANSWER)


def _listed(tree: Node, name: str) -> list[Node]:
    found = tree.at(name)
    listed = [] if found is None else list(islice(found.elements(), _MOST + 1))
    if len(listed) > _MOST:
        raise _no_result(tree.place)
    return listed


def _finding(node: Node) -> Finding:
    """One entry of `findings`, exactly as it was written; raises `FileFault` for anything else."""
    level = next((each for each in _LEVELS if node.text_at("level") == each), None)
    identity, claim = _text(node, "id"), _text(node, "claim")
    if level is None or claim not in CLAIMS or not identity:
        raise _no_result(node.place)
    file, message, action = (_text(node, name) for name in ("file", "message", "next"))
    return Finding(identity, level, claim, file, _count(node, "line"), message, action, _count(node, "column"))


def _count(node: Node, name: str) -> int:
    found = node.at(name)
    number = None if found is None else found.content
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise _no_result(node.place)
    return number


def _text(node: Node, name: str) -> str:
    text = node.text_at(name)
    if text is None:
        raise _no_result(node.place)
    return text


def _no_result(place: Place) -> FileFault:
    return FileFault(place, "no result of the doctor that this version knows", "name a file that `doctor --out` wrote")


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
