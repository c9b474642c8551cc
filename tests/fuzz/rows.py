"""Every way a file of the operator's comes in, one row each: the command that reads it, and a document it takes.

A further reader is one more row here; the laws, the mutations and the corpus are the same for all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from tests.fuzz import documents
from tests.fuzz.documents import stored_run

Syntax = Literal["env", "yaml", "json", "toml", "lines"]
_NO_SCENARIO = "no-such-scenario"  # the files are read first, and nothing is run
Arguments = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True)
class Reader:
    """`arguments` names the file under test; `valid` is a document that the command takes, secrets planted in it."""

    name: str
    syntax: Syntax
    arguments: Arguments
    valid: Callable[[], bytes] = field(repr=False)
    suffix: str = ""

    def __str__(self) -> str:
        return self.name


def flag(verb: str, name: str, *more: str) -> Arguments:
    """The file stands after one flag of a verb."""
    return lambda path: [verb, *more, name, str(path)]


def _beside(verb: str, name: str, *more: str) -> Arguments:
    """The file stands after one flag, beside a good migration in the same folder."""

    def arguments(path: Path) -> list[str]:
        before, after = path.with_name("good-before.env"), path.with_name("good-after.env")
        before.write_bytes(documents.before())
        after.write_bytes(documents.after())
        return [verb, *more, "--before", str(before), "--after", str(after), name, str(path)]

    return arguments


def _stored(verb: str, name: str) -> Arguments:
    """The file is one of a stored run, the others as they were."""

    def arguments(path: Path) -> list[str]:
        folder = path.parent / "run"
        if not folder.exists():
            folder.mkdir()
            for each, content in stored_run().items():
                if each != name:
                    (folder / each).write_bytes(content)
            (folder / name).symlink_to(path)
        return [verb, str(folder), "--quiet"]

    return arguments


def _part(name: str) -> Callable[[], bytes]:
    return lambda: stored_run()[name]


@cache
def _manifest_json() -> bytes:
    return json.dumps(documents.deployment()).encode()


READERS: tuple[Reader, ...] = (
    Reader("doctor --before", "env", flag("doctor", "--before"), documents.before, ".env"),
    Reader("doctor --after", "env", _beside("doctor", "--rollback"), documents.after, ".env"),
    Reader("doctor --values", "yaml", flag("doctor", "--values"), documents.values, ".yaml"),
    Reader("doctor --values twice", "yaml", lambda path: ["doctor", "--values", str(path), "--values", str(path)],
           documents.values, ".yaml"),
    Reader("doctor --manifests", "yaml", flag("doctor", "--manifests"), documents.manifests, ".yaml"),
    Reader("doctor --manifests, JSON", "json", flag("doctor", "--manifests"), _manifest_json, ".json"),
    Reader("doctor --compose", "yaml", flag("doctor", "--compose"), documents.compose, ".yaml"),
    Reader("doctor --ecs", "json", flag("doctor", "--ecs"), documents.ecs, ".json"),
    Reader("doctor --tfplan", "json", flag("doctor", "--tfplan"), documents.tfplan, ".json"),
    Reader("doctor --iam-policy", "json", flag("doctor", "--iam-policy"), documents.iam_policy, ".json"),
    Reader("doctor --key-policy", "json", flag("doctor", "--key-policy"), documents.key_policy, ".json"),
    Reader("plan --tfplan", "json", _beside("plan", "--tfplan"), documents.tfplan, ".json"),
    Reader("doctor --baseline, TOML", "toml", _beside("doctor", "--baseline"), documents.baseline_toml, ".toml"),
    Reader("doctor --baseline, JSON", "json", _beside("doctor", "--baseline"), documents.baseline_json, ".json"),
    Reader("plan --rollback", "env", _beside("plan", "--rollback"), documents.after, ".env"),
    Reader("plan --values", "yaml", _beside("plan", "--values"), documents.values, ".yaml"),
    Reader("plan --inventory", "json", _beside("plan", "--inventory"), documents.inventory, ".json"),
    Reader("rehearse --rollback", "env", _beside("rehearse", "--rollback", _NO_SCENARIO), documents.after, ".env"),
    Reader("rehearse --doctor", "json", _beside("rehearse", "--doctor", _NO_SCENARIO), documents.doctor_result,
           ".json"),
    Reader("judge, run.json", "json", _stored("judge", "run.json"), _part("run.json"), ".json"),
    Reader("judge, history.jsonl", "lines", _stored("judge", "history.jsonl"), _part("history.jsonl"), ".jsonl"),
    Reader("report, run.json", "json", _stored("report", "run.json"), _part("run.json"), ".json"),
    Reader("report, history.jsonl", "lines", _stored("report", "history.jsonl"), _part("history.jsonl"), ".jsonl"),
    Reader("kms conform --matrix", "json", flag("kms", "--matrix", "conform"), documents.ledger, ".json"),
)  # fmt: skip
