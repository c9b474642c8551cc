"""How a Run becomes run.json and a run.json becomes a Run again; the schema in the package is the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from harness.fetching import fetch
from harness.run import (
    CheckRecord,
    ClaimRecord,
    Config,
    Finding,
    Run,
    StepRecord,
    SurvivalRow,
    Window,
)
from harness.verdict import Outcome, Result

_NUMBERS = re.compile(r"\[\s+(\d+(?:,\s+\d+)*)\s+\]")
_QUOTED = 200
_LIMIT = 64 * 1024 * 1024


class DocumentError(Exception):
    """A run.json that cannot be used: what is wrong, where, and what to do."""

    def __init__(self, what: str, *, where: str, action: str) -> None:
        super().__init__(f"{where}: {what}; {action}")
        self.what, self.where, self.action = what, where, action


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of `sombra-rehearsal/run/1`, as shipped."""
    text = files("harness.report").joinpath("run.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def validate(document: Mapping[str, Any], *, source: str = "run.json") -> None:
    """Raise `DocumentError` naming the place that breaks the schema, or counts that do not add up."""
    try:
        plain = json.loads(json.dumps(document, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise _wrong(f"is no JSON document: {error}", source=source, place="") from error
    fault = best_match(Draft202012Validator(schema()).iter_errors(plain))
    if fault is not None:
        place = "/".join(str(part) for part in fault.absolute_path)
        raise _wrong(_cut(fault.message), source=source, place=place)
    results = [check["result"] for check in plain["checks"]]
    found = {
        "checks_executed": len(results),
        "passed": results.count("pass"),
        "failed": results.count("fail"),
        "unknown": results.count("unknown"),
    }
    for name, number in found.items():
        if plain["counts"][name] != number:
            what = f"says {plain['counts'][name]}, but the checks listed make {number}"
            raise _wrong(what, source=source, place=f"counts/{name}")
    for number, row in enumerate(plain["survival"]):
        for name in ("readable", "expected"):
            if row[name] > row["count"]:
                raise _wrong(
                    f"{row[name]} of {row['count']} artifacts", source=source, place=f"survival/{number}/{name}"
                )


def dump(run: Run) -> str:
    """The text of `run.json`, validated; raises `DocumentError`."""
    document = run.to_json()
    validate(document)
    text = json.dumps(document, indent=2) + "\n"
    # Raw line breaks stand between tokens only, so this can never touch the inside of a string.
    return _NUMBERS.sub(lambda match: f"[{' '.join(match[1].split())}]", text)


def load(path: Path) -> Run:
    """Read a stored `run.json`; raises `DocumentError` when it is missing, unreadable or not valid."""
    again = "name a run.json, or the folder of a run"
    try:
        document = json.loads(fetch(path, limit=_LIMIT))
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror}", where=str(path), action=again) from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"is not JSON: {error}", where=str(path), action=again) from error
    validate(document, source=str(path))
    return from_json(document)


def from_json(document: Mapping[str, Any]) -> Run:
    """The Run a valid document describes; the inverse of `Run.to_json`."""
    rest = {name: value for name, value in document.items() if name not in {"schema", "counts"}}
    window = document["window"]
    return Run(
        **{
            **rest,
            "verdict": Outcome(document["verdict"]),
            "config": Config(**document["config"]),
            "window": Window(**{**window, "steps": tuple(StepRecord(**_tuples(each)) for each in window["steps"])}),
            "checks": tuple(CheckRecord(**_judged(each)) for each in document["checks"]),
            "claims": {name: ClaimRecord(**_judged(each)) for name, each in document["claims"].items()},
            "survival": tuple(SurvivalRow(**each) for each in document["survival"]),
            "findings": tuple(Finding(**each) for each in document["findings"]),
            "checks_planned": document["counts"]["checks_planned"],
            "worlds": tuple(document.get("worlds", ())),
        }
    )


def _tuples(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in record.items()}


def _judged(record: Mapping[str, Any]) -> dict[str, Any]:
    return {**_tuples(record), "result": Result(record["result"])}


def _wrong(what: str, *, source: str, place: str) -> DocumentError:
    action = "store the run again with the version that made it, or judge its history.jsonl anew"
    return DocumentError(what, where=f"{source} at /{place}", action=action)


def _cut(message: str) -> str:
    return message if len(message) <= _QUOTED else f"{message[:_QUOTED]} …"
