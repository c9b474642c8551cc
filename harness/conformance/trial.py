"""How one row is tried on one KMS, and what is said about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.conformance.row import Row, Step, Switch, Want
from harness.conformance.scene import NAME, Refusal, Scene, part_of, texts_in
from harness.conformance.subject import CannotEvaluate, NotExpressible, Subject

_NO_KMS = {404, 405, 501}  # AWS KMS says 400 to what it does not know


class Verdict(StrEnum):
    """`OPEN` is a difference from a row that nobody has established; nothing but `SAME` is a pass."""

    SAME = "same"
    DIFFERS = "differs"
    OPEN = "open"
    NOT_EXPRESSIBLE = "not-expressible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a KMS did with a row; `did` is stable over runs, so that a ledger can hold it."""

    row: Row
    verdict: Verdict
    did: str

    def to_json(self) -> dict[str, str]:
        """A row of `kms conform --json`."""
        return {
            "id": self.row.id,
            "operation": self.row.operation,
            "mark": self.row.mark,
            "expected": expectation(self.row),
            "did": self.did,
            "result": self.verdict.value,
        }


def tried(rows: Iterable[Row], subject: Subject) -> Iterator[Outcome]:
    """Try rows one after the other, each in a scene of its own; a KMS that is gone is not asked again."""
    gone = _gone(subject)
    for row in rows:
        outcome = Outcome(row, Verdict.UNKNOWN, gone) if gone else _tried(row, subject)
        gone = outcome.did if outcome.verdict is Verdict.UNKNOWN else ""
        yield outcome


def _gone(subject: Subject) -> str:
    """Why nothing need be tried; empty when a KMS answers, even with a refusal."""
    try:
        Scene(subject).call("ListKeys", {})
    except CannotEvaluate as reason:
        return str(reason)
    except Refusal as refusal:
        is_kms = refusal.code and not refusal.code.isdigit() and refusal.status not in _NO_KMS
        return "" if is_kms else f"what answers is no KMS: HTTP {refusal.status} to ListKeys"
    return ""


def expectation(row: Row) -> str:
    """What AWS does, in a word or a code."""
    codes = dict.fromkeys([row.code or "succeeds", *(code for code, _ in row.also)])
    return " or ".join(codes)


def _tried(row: Row, subject: Subject) -> Outcome:
    scene = Scene(subject)
    try:
        lacking = [subject.lacks[each] for each in sorted(row.operations) if each in subject.lacks]
        if lacking:
            raise NotExpressible(lacking[0])
        did = _prepared(row, scene, subject) or _acted(row, scene)
    except NotExpressible as reason:
        return Outcome(row, Verdict.NOT_EXPRESSIBLE, str(reason))
    except CannotEvaluate as reason:
        return Outcome(row, Verdict.UNKNOWN, str(reason))
    finally:
        subject.settle()
    if did is None:
        return Outcome(row, Verdict.SAME, expectation(row))
    return Outcome(row, Verdict.OPEN if row.mark == "U" else Verdict.DIFFERS, did)


def _prepared(row: Row, scene: Scene, subject: Subject) -> str | None:
    """Set the row up in order; None when all went well, else what stood in the way."""
    doing = "its keys"
    try:
        for name in _names(row):
            scene.filled(f"{{{name}}}")
        for each in row.before:
            if isinstance(each, Switch):
                doing = f"switch {each.what}"
                subject.turn(Switch(each.what, scene.filled(each.key), scene.filled(each.value)))
                continue
            doing = each.operation
            answer = scene.call(each.operation, each.parameters, each.region, each.by)
            for name, path in each.keep.items():
                scene.keep(name, part_of(answer, path))
    except Refusal as refusal:
        return f"before the call, {doing}: {_told(refusal, scene)}"
    return None


def _names(row: Row) -> list[str]:
    """Every name that must have its value before anything is changed, in a fixed order."""
    messages = [row.message, *(message for _, message in row.also)]
    found = [*row.parameters.values(), *messages, *(want.value for want in row.answer)]
    for each in row.before:
        found += each.parameters.values() if isinstance(each, Step) else [each.key, each.value]
    names = {name for text in texts_in(found) for name in NAME.findall(text)}
    return sorted(names - {name for each in row.before if isinstance(each, Step) for name in each.keep})


def _acted(row: Row, scene: Scene) -> str | None:
    """Make the row's own call; None when it ended as AWS ends it, else what it did."""
    try:
        answer = scene.call(row.operation, row.parameters, row.region, row.by)
    except Refusal as refusal:
        return None if _is_expected(row, refusal, scene) else _told(refusal, scene)
    if row.code is not None:
        return "succeeds"
    unmet = [said for want in row.answer if (said := _unmet(want, answer, scene)) is not None]
    return f"succeeds, but {'; '.join(unmet)}" if unmet else None


def _is_expected(row: Row, refusal: Refusal, scene: Scene) -> bool:
    wanted = [(row.code, row.message), *row.also]
    return refusal.status == row.status and any(
        refusal.code == code and (message is None or refusal.message == scene.filled(message))
        for code, message in wanted
    )


def _told(refusal: Refusal, scene: Scene) -> str:
    if refusal.status == 0:
        return refusal.code
    status = "" if refusal.status == 400 else f" (HTTP {refusal.status})"
    said = " ".join(scene.veiled(refusal.message).split())[:200] or "(no message)"
    return f"{refusal.code}{status}: {said}"


def _unmet(want: Want, answer: dict[str, Any], scene: Scene) -> str | None:
    """What is wrong with one part of an answer; never a plaintext."""
    value = part_of(answer, want.path)
    wanted = scene.filled(want.value)
    if want.kind == "absent":
        return None if value is None else f"{want.path} is there"
    if value is None:
        return f"{want.path} is missing"
    if want.kind == "length":
        return None if len(value) == wanted else f"{want.path} has the length {len(value)}, not {wanted}"
    if want.kind == "differs":
        return None if value != wanted else f"{want.path} is the same"
    fits = re.fullmatch(wanted, str(value)) is not None if want.kind == "form" else value == wanted
    return None if fits else f"{want.path} is another"
