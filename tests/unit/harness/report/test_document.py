"""run.json: the schema takes what a rehearsal makes, refuses what it does not, and loses nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from harness import run as records
from harness.report.document import DocumentError, dump, from_json, load, schema, validate
from harness.run import Run
from tests.unit.harness.report.sample import go_run, hostile_run, no_go_run

Change = Callable[[dict[str, Any]], object]

_BROKEN: dict[str, tuple[Change, str]] = {
    "another schema": (lambda run: run.update(schema="sombra-rehearsal/run/2"), "/schema"),
    "no verdict": (lambda run: run.pop("verdict"), "'verdict' is a required property"),
    "unknown verdict": (lambda run: run.update(verdict="maybe"), "/verdict"),
    "unknown result": (lambda run: run["claims"]["G-03"].update(result="ok"), "/claims/G-03/result"),
    "claim of no guide": (lambda run: run["claims"].update({"claim 3": run["claims"]["G-03"]}), "claim 3"),
    "extra field": (lambda run: run["findings"][0].update(secret="x"), "/findings/0"),
    "extra top field": (lambda run: run.update(env={}), "env"),
    "unknown moment": (lambda run: run["survival"][0].update(moment="later"), "/survival/0/moment"),
    "empty row": (lambda run: run["survival"][0].update(count=0), "/survival/0/count"),
    "more readable than there are": (lambda run: run["survival"][0].update(readable=999), "/survival/0/readable"),
    "event zero": (lambda run: run["checks"][0].update(evidence=[0]), "/checks/0/evidence/0"),
    "text for a number": (lambda run: run["window"].update(used_s="2"), "/window/used_s"),
    "a flag for a number": (lambda run: run.update(seed=True), "/seed"),
    "counts that do not add up": (lambda run: run["counts"].update(failed=1), "/counts/failed"),
    "not a number": (lambda run: run.update(duration_s=float("nan")), "no JSON document"),
    "a digest of nothing": (lambda run: run["config"].update(digest="sha256:"), "/config/digest"),
    "a level of no finding": (lambda run: run["findings"][0].update(level="fatal"), "/findings/0/level"),
}


@pytest.mark.parametrize("run", [go_run(), no_go_run()], ids=["go", "no-go"])
def test_a_run_that_is_stored_and_read_again_is_the_same(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(dump(run), encoding="utf-8")

    assert load(path) == run


@given(st.text())
def test_no_text_gets_lost_on_the_way_through_json(text: str) -> None:
    """Reading what was stored returns it, whatever characters it holds."""
    run = hostile_run(text or "x")

    assert from_json(json.loads(json.dumps(run.to_json()))) == run


@pytest.mark.parametrize("name", _BROKEN)
def test_a_broken_document_is_refused_and_the_place_is_named(name: str) -> None:
    document = json.loads(dump(no_go_run()))
    validate(document)
    broken = copy.deepcopy(document)
    change, place = _BROKEN[name]
    change(broken)

    with pytest.raises(DocumentError) as refusal:
        validate(broken)

    assert place in str(refusal.value)
    assert "run.json" in refusal.value.where
    assert refusal.value.action


def test_the_schema_is_valid_and_knows_every_field_of_every_record() -> None:
    document = schema()
    Draft202012Validator.check_schema(document)
    places = {
        records.Finding: "finding",
        records.StepRecord: "step",
        records.Window: "window",
        records.CheckRecord: "check",
        records.ClaimRecord: "claim",
        records.SurvivalRow: "survival",
        records.Config: "config",
    }

    for record, place in places.items():
        assert set(document["$defs"][place]["properties"]) == {field.name for field in fields(record)}
    run_fields = {field.name for field in fields(Run)} - {"checks_planned"}
    assert set(document["properties"]) == run_fields | {"schema", "counts"}


def test_a_document_without_our_optional_fields_is_read() -> None:
    document = go_run().to_json()
    for name in ("error_rates", "worlds"):
        document.pop(name)
    document["config"].pop("overlay")
    validate(document)

    assert from_json(document).error_rates == {}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"[" * 100_000])
def test_a_file_that_is_no_run_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)

    with pytest.raises(DocumentError) as refusal:
        load(path)

    assert str(path) in str(refusal.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file"):
        load(tmp_path / "run.json")


def test_evidence_stays_on_one_line_and_texts_are_left_alone() -> None:
    text = dump(hostile_run("[\n  1,\n  2\n]"))

    assert '"evidence": [12, 13, 14]' in text
    assert json.loads(text)["reason"] == "[\n  1,\n  2\n]"
